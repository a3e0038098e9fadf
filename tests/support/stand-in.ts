import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderConfigFile } from "../../components/config-files";
import { ofPorts, type CanaryHost } from "../../drills/services/canary/options";
import type { Request } from "../../drills/hosts/http";
import { ensureParts } from "../../lab/images/parts";
import { hasEnded } from "./has-ended";

/** The file in a stand-in's temporary folder that makes it slow, unless it is empty. */
export const SLOW_MARK = "understudy-slow";

const TIMEOUT_MS = 30_000;

/** The services whose own configuration files these stand-ins read. */
export type StandInService = "loki" | "tempo";

/** A stand-in's program on loopback, with folders of its own, which it keeps when it is stopped and started again. */
export interface StandIn {
  /** Its folder, where the container has its volume. */
  readonly folder: string;
  /** As the canary knows a host. */
  readonly host: CanaryHost;
  /** What is before the path of its own port. */
  readonly base: string;
  /** A request to its own port. */
  asked(path: string): Request;
  /** Starts it, and waits until it answers at all. */
  start(): Promise<void>;
  /** Sends it a signal and waits until it has ended. @returns how long that took, milliseconds */
  stop(signal: NodeJS.Signals): Promise<number>;
  /** Whether it is to be as slow as the real one. */
  setSlow(slow: boolean): void;
}

const CONFIG: Readonly<Record<StandInService, { readonly data: string; readonly port: string }>> = {
  loki: { data: "/loki", port: "http_listen_port: 3100" },
  tempo: { data: "/var/tempo", port: "http_listen_port: 3200" },
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The service's own configuration file, in a folder of this machine and on loopback. */
function writeConfig(service: StandInService, folder: string, port: number, otlpPort: number): string {
  const { data, port: portLine } = CONFIG[service];
  const text = renderConfigFile(`${service}/${service}.yaml`, { retention_hours: 24 })
    .replace(portLine, `http_listen_address: 127.0.0.1\n  http_listen_port: ${port}`)
    .replace("0.0.0.0:4318", `127.0.0.1:${otlpPort}`)
    .replaceAll(new RegExp(`: ${data}(?=/|$)`, "gm"), `: ${folder}`);
  const file = `${folder}.yaml`;
  writeFileSync(file, text);
  return file;
}

/** Makes a stand-in below `parent`, built as the lab builds it; it does not run yet. */
export async function makeStandIn(service: StandInService, parent: string, name: string): Promise<StandIn> {
  const program = (await ensureParts([service], () => undefined)).get(service);
  if (program === undefined) throw new Error(`no program for ${service}`);
  const folder = path.join(parent, name);
  const temporary = `${folder}.tmp`;
  mkdirSync(folder);
  mkdirSync(temporary);
  const [port, otlpPort] = [await freePort(), await freePort()];
  const config = writeConfig(service, folder, port, otlpPort);
  const base = `http://127.0.0.1:${port}`;
  let child: ChildProcess | undefined;
  return {
    folder,
    base,
    asked: (path) => ({ host: { address: "127.0.0.1" }, port, path, timeoutMs: TIMEOUT_MS }),
    host: {
      name,
      address: "127.0.0.1",
      ports: ofPorts((key) => (key === "otlp_http" ? otlpPort : port)),
    },
    start: async () => {
      child = spawn(program, [`-config.file=${config}`], {
        stdio: "ignore",
        env: { ...process.env, TMPDIR: temporary },
      });
      while ((await fetch(`${base}/ready`).catch(() => undefined)) === undefined) {
        if (hasEnded(child)) throw new Error(`${service} ended with ${child.exitCode}`);
        await sleep(20);
      }
    },
    stop: async (signal) => {
      if (child === undefined || hasEnded(child)) return 0;
      const began = performance.now();
      child.kill(signal);
      await once(child, "exit");
      return performance.now() - began;
    },
    setSlow: (slow) => writeFileSync(path.join(temporary, SLOW_MARK), slow ? "slow\n" : ""),
  };
}
