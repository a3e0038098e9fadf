import type { PostgresSettings } from "../../drills/hosts/server-settings/postgres-settings";
import type { RedisSettings } from "../../drills/hosts/server-settings/redis-settings";
import { linesInText, type LayeredSetting } from "../../settings/server/layers";
import { POSTGRES_LIMITS, USUAL_LIMITS, type PostgresLimit } from "../../settings/server/postgres-managed";

/** The names whose lines two files of settings do not have alike. Pure. */
export function changedNames(was: string | null, text: string): readonly string[] {
  const [before, after] = [linesInText(was ?? ""), linesInText(text)];
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
}

/** A setting that a standby must not have less of, and which would become less at its server's next start. */
export interface LoweredLimit {
  readonly name: PostgresLimit;
  readonly from: number;
  readonly to: number;
}

function isLimit(name: string): name is PostgresLimit {
  return (POSTGRES_LIMITS as readonly string[]).includes(name);
}

/** What a server's next start gives it. What an ALTER SYSTEM has set is over every file of ours. */
function nextLimit(name: PostgresLimit, server: PostgresSettings, layers: readonly LayeredSetting[]): number {
  const line = server.lines.get(name);
  if (line?.file === "auto") return Number(line.value);
  return Number(layers.find((one) => one.name === name)?.value ?? USUAL_LIMITS[name]);
}

function runningLimit(name: PostgresLimit, server: PostgresSettings): number {
  return Number(server.values.get(name)?.raw ?? 0);
}

/** What the declared settings would lower on the primary. Pure. */
export function loweredLimits(primary: PostgresSettings, layers: readonly LayeredSetting[]): readonly LoweredLimit[] {
  return POSTGRES_LIMITS.flatMap((name) => {
    const [from, to] = [runningLimit(name, primary), nextLimit(name, primary, layers)];
    return to < from ? [{ name, from, to }] : [];
  });
}

/** Why a standby must not be started anew now: with less than its primary has it would not run. Pure. */
export function whyStandbyWaits(
  primary: PostgresSettings,
  standby: PostgresSettings,
  layers: readonly LayeredSetting[],
): string | undefined {
  const less = POSTGRES_LIMITS.filter((name) => nextLimit(name, standby, layers) < runningLimit(name, primary));
  return less.length === 0 ? undefined : `it would have less than its primary of ${less.join(", ")}`;
}

/** What a server that runs waits to be started anew for. */
export interface Pending {
  /** What an operator has declared, or taken back. */
  readonly declared: readonly string[];
  /** What follows from memory, and may wait until the server is started anew some day. */
  readonly tuned: readonly string[];
  /** What an ALTER SYSTEM has set, or nobody knows who. */
  readonly byHand: readonly string[];
}

/** Pure. @param layers as declared */
export function pendingOfPostgres(server: PostgresSettings, layers: readonly LayeredSetting[]): Pending {
  const names = [...server.values.values()].filter(({ pending }) => pending).map(({ name }) => name);
  const layerOf = (name: string): LayeredSetting["layer"] | undefined => layers.find((one) => one.name === name)?.layer;
  const byHand = names.filter((name) => server.lines.get(name)?.file === "auto");
  const rest = names.filter((name) => !byHand.includes(name));
  const tuned = rest.filter((name) => layerOf(name) === "tuned" && !isLimit(name));
  return { declared: rest.filter((name) => !tuned.includes(name)), tuned, byHand };
}

/** Pure. Redis has no other settings that wait. */
export function pendingOfRedis({ differences }: RedisSettings): Pending {
  return { declared: differences.filter(({ atStart }) => atStart).map(({ name }) => name), tuned: [], byHand: [] };
}
