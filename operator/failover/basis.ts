import { readFile } from "node:fs/promises";
import { canonicalJson, sha256Of } from "../../evidence/canonical-json";
import type { DrillBasis } from "../../settings/drill-config";
import type { Environment } from "../../settings/environment";
import { pairBackup } from "../../settings/pair";
import { ownPackage } from "../version/own-package";
import type { HostStack } from "./pair-stacks";
import { readStackConfig } from "./stack-config";

/** What the pair is declared by. */
export interface Declared {
  readonly program: string;
  readonly environment: Environment;
  /** The environment file as it is. */
  readonly environmentFile: string | Uint8Array;
  /** What each stack's config file has under `config`, by the stack's name. */
  readonly configs: Readonly<Record<string, unknown>>;
}

/** What a drill changes of a stack's config by itself. */
const MOVES = ["understudy:role", "understudy:drill"];

/** The digests of what is rehearsed. Secrets take part as they are kept, encrypted: their digest tells nobody anything. Pure. */
export function basisOf({ program, environment, environmentFile, configs }: Declared): DrillBasis {
  const keys: (readonly [string, string])[] = [];
  const settings = Object.entries(configs).map(([stack, config]) => {
    const own = Object.entries((config ?? {}) as Record<string, unknown>).filter(([key]) => !MOVES.includes(key));
    return [stack, Object.fromEntries(own.map(([key, value]) => [key, withoutKeys(`${stack} ${key}`, value, keys)]))];
  });
  return {
    program,
    environment_file_sha256: sha256Of(environmentFile),
    settings_sha256: sha256Of(canonicalJson(Object.fromEntries(settings))),
    keys_sha256: sha256Of(canonicalJson(Object.fromEntries(keys))),
    images: imagesOf(environment),
  };
}

/** A value without the secrets in it, which are noted under the place where they stand. */
function withoutKeys(place: string, value: unknown, keys: (readonly [string, string])[]): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((one, at) => withoutKeys(`${place}.${String(at)}`, one, keys));
  const entries = Object.entries(value);
  const [[key, kept] = []] = entries;
  if (entries.length === 1 && key === "secure" && typeof kept === "string") {
    keys.push([place, kept]);
    return "secret";
  }
  return Object.fromEntries(entries.map(([name, one]) => [name, withoutKeys(`${place}.${name}`, one, keys)]));
}

function imagesOf(environment: Environment): Readonly<Record<string, string>> {
  const { services, front } = environment;
  const backup = pairBackup(environment);
  return {
    ...Object.fromEntries(Object.entries(services).map(([name, { image }]) => [name, image])),
    ...(backup === undefined ? {} : { backup: backup.image }),
    front: front.image,
  };
}

/** Reads what a pair is declared by now. @throws Error when the environment file or a stack's config cannot be read */
export async function readBasis(
  environment: Environment,
  environmentFile: string,
  stacks: readonly HostStack[],
): Promise<DrillBasis> {
  const configs = await Promise.all(
    stacks.map(async (one) => {
      const { config } = ((await readStackConfig(one)).document.toJS() ?? {}) as { config?: unknown };
      return [one.host.stack, config] as const;
    }),
  );
  return basisOf({
    ...{ program: ownPackage().version, environment },
    environmentFile: await readFile(environmentFile),
    configs: Object.fromEntries(configs),
  });
}
