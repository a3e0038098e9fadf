import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { CONTRACT_VERSION } from "../../evidence/document";
import { ownPackage, pinnedPulumi } from "./own-package";

const TIMEOUT_MS = 20_000;

/** A plugin of Pulumi that the program needs. */
export interface PluginVersion {
  readonly name: string;
  /** The version that the program asks for. */
  readonly version: string;
  /** Where the engine finds it; null: not on this machine, Pulumi downloads it when a stack needs it. */
  readonly place: string | null;
}

/** What takes part in a drill, by version. */
export interface Versions {
  readonly understudy: string;
  readonly evidenceContract: number;
  readonly node: string;
  /** The engine on PATH; null when there is none. */
  readonly engine: string | null;
  readonly sdk: string;
  readonly plugins: readonly PluginVersion[];
}

/** Reads them all: from files and, of the engine, from its program. */
export function readVersions(): Versions {
  const { version, dependencies } = ownPackage();
  return {
    understudy: version,
    evidenceContract: CONTRACT_VERSION,
    node: process.versions.node,
    engine: engineVersion(),
    sdk: pinnedPulumi(),
    plugins: ["docker", "command"].map((name) => {
      const wanted = dependencies[`@pulumi/${name}`] ?? "unknown";
      return { name, version: wanted, place: pluginPlace(name, wanted) };
    }),
  };
}

function engineVersion(): string | null {
  try {
    const stdio = ["ignore", "pipe", "ignore"] as const;
    return execFileSync("pulumi", ["version"], { encoding: "utf8", timeout: TIMEOUT_MS, stdio: [...stdio] })
      .trim()
      .replace(/^v/, "");
  } catch {
    return null;
  }
}

/** The engine looks on PATH first, then among the plugins of its own folder. */
function pluginPlace(name: string, version: string): string | null {
  const onPath = (process.env["PATH"] ?? "")
    .split(path.delimiter)
    .map((one) => path.join(one, `pulumi-resource-${name}`));
  const home = process.env["PULUMI_HOME"] ?? path.join(homedir(), ".pulumi");
  const installed = path.join(home, "plugins", `resource-${name}-v${version}`);
  return [...onPath, installed].find((one) => existsSync(one)) ?? null;
}
