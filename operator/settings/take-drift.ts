import { connectEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { setRedis } from "../../drills/hosts/server-settings/redis-settings";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { POSTGRES_LIMITS, whyNotPostgres } from "../../settings/server/postgres-managed";
import { whyNotRedis } from "../../settings/server/redis-managed";
import { UserError } from "../../settings/user-error";
import { driftOf, HOW, type Drift } from "./drift";
import { readSettings } from "./read-settings";

/** What becomes of a setting that was set by hand. */
export interface DriftOutcome {
  readonly mode: "dry-run" | "execute";
  readonly name: string;
  readonly words: readonly string[];
  /** The lines that the environment file would have; empty for a reset. */
  readonly lines: readonly string[];
  readonly next: string;
}

/** @throws UserError with exit code 2 when nobody has set it by hand, or a server does not say */
async function foundDrift(environment: Environment, name: string): Promise<readonly Drift[]> {
  const all = await readSettings(namedHosts(environment));
  const drift = all.flatMap(driftOf).filter((one) => one.name === name);
  if (drift.length > 0) return drift;
  const silent = all.flatMap(({ host, timescaledb, redis }) =>
    [timescaledb, redis].flatMap((one) => (typeof one === "string" ? [`${host.name}: ${one}`] : [])),
  );
  const unknown = silent.length === 0 ? "" : `; not every server says: ${silent.join("; ")}`;
  throw new UserError(`nobody has set ${name} on a server by hand${unknown}`, "understudy settings", 2);
}

/**
 * The lines for the environment file that make a setting the pair's own; nothing is written.
 * @throws UserError with exit code 2 when it is not set by hand, the hosts do not have it alike, or it is not the operator's
 */
export async function adoptDrift(environment: Environment, file: string, name: string): Promise<DriftOutcome> {
  return adoption(await foundDrift(environment, name), file, name);
}

/** Pure. @param drift at least one, all of that name */
export function adoption(drift: readonly Drift[], file: string, name: string): DriftOutcome {
  const [first] = drift;
  if (first === undefined) throw new Error(`no drift of ${name}`);
  const values = new Set(drift.map(({ value }) => value));
  if (values.size > 1) {
    const each = drift.map(({ host, value, shown }) => `${host}: ${shown ? value : "text"}`).join(", ");
    throw new UserError(`${name} is not the same on both hosts (${each})`, `understudy settings --reset ${name}`, 2);
  }
  const why = first.store === "timescaledb" ? whyNotPostgres(name, first.value) : whyNotRedis(name, first.value);
  if (why !== undefined)
    throw new UserError(
      `${name} cannot be adopted, it must be: ${why}`,
      `understudy settings --reset ${name} --execute`,
      2,
    );
  return {
    ...{ mode: "dry-run", name },
    words: [
      `${HOW[first.store]} has set ${name} on ${drift.map(({ host }) => host).join(", ")}; with these lines in ${file} both hosts have it`,
    ],
    lines: [`${first.store}:`, "  settings:", `    ${name}: ${JSON.stringify(first.value)}`],
    next: `add the lines, understudy up --env-config ${file} --execute, then understudy settings --reset ${name} --execute`,
  };
}

/**
 * Takes a setting back that was set by hand, on every host that has it: what is declared counts again.
 * @throws UserError with exit code 2 when it is not set by hand, 3 when that would give a standby less than it must have
 */
export async function resetDrift(
  environment: Environment,
  file: string,
  name: string,
  execute: boolean,
): Promise<DriftOutcome> {
  const drift = await foundDrift(environment, name);
  if (drift.some(({ store }) => store === "timescaledb") && (POSTGRES_LIMITS as readonly string[]).includes(name)) {
    throw new UserError(
      `${name} must not become less on a standby than on its primary, which the file of settings alone sees to`,
      `understudy settings --adopt ${name}`,
      3,
    );
  }
  const words = drift.map(
    ({ host, store, declared }) =>
      `${host} ${store}: ${name} is ${execute ? "" : "would be "}${declared === null ? "as declared" : declared} again`,
  );
  if (execute) for (const one of drift) await reset(environment, one);
  return {
    ...{ mode: execute ? "execute" : "dry-run", name, words, lines: [] },
    next: execute ? "understudy doctor" : `understudy settings --env-config ${file} --reset ${name} --execute`,
  };
}

async function reset(environment: Environment, { host: name, store, name: setting, declared }: Drift): Promise<void> {
  const host = namedHosts(environment).find((one) => one.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  const engine = connectEngine(host);
  try {
    if (store === "redis") {
      const set = await setRedis(engine.docker, [{ name: setting, value: declared ?? "" }]);
      if (set.length === 0) throw new UserError(`Redis on ${name} does not take ${setting}`, "understudy settings");
      return;
    }
    const server = localServer(engine.docker, name);
    try {
      const sql = await server.open();
      // An extension's name has a dot, which is no part of an identifier.
      const quoted = setting
        .split(".")
        .map((part) => `"${part.replaceAll('"', '""')}"`)
        .join(".");
      await sql.query(`alter system reset ${quoted}`);
      await sql.query("select pg_reload_conf()");
    } finally {
      server.close();
    }
  } finally {
    engine.close();
  }
}
