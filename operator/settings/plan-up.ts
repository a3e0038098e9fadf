import type { PostgresSettings } from "../../drills/hosts/server-settings/postgres-settings";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { postgresLayers, postgresSettingsText, redisSettingsText } from "../../settings/server/layers";
import { OTHER_SERVICES } from "../../settings/services";
import { UserError } from "../../settings/user-error";
import { changedNames, loweredLimits, type LoweredLimit } from "./plan";
import { readSettings, type HostSettings } from "./read-settings";
import { changedOfService, serviceWords } from "./service-plan";
import { refusalOfHba } from "./try-hba";
import { refusalOfSettings, trySettings } from "./try-settings";

/** What an `up` found before it begins. */
export interface SettingsPlan {
  readonly before: readonly HostSettings[];
  /** What would become less on the primary, which then goes first. */
  readonly lowered: readonly LoweredLimit[];
  /** What would change, a line each. */
  readonly words: readonly string[];
}

/** The word with which an operator takes the outage of a primary that is started anew in place. */
export const RESTART_PRIMARY = "--restart-primary";

/** What clients wait for. */
export const OUTAGE = "its clients wait for a clean stop and a start, some seconds";

/** The host that plays primary, of those that say so. */
export function primaryOf(
  all: readonly HostSettings[],
): { readonly name: string; readonly server: PostgresSettings } | undefined {
  for (const { host, timescaledb } of all) {
    if (typeof timescaledb !== "string" && !timescaledb.standby) return { name: host.name, server: timescaledb };
  }
  return undefined;
}

/**
 * Has every host's servers try what is declared, and reads how they are set; changes nothing.
 * @throws UserError with exit code 2 when a server would not start so, with 3 when an executed `up` would lower what a standby
 * must not have less of, without the operator's word
 */
export async function planSettings(
  environment: Environment,
  file: string,
  { execute, restartPrimary }: { readonly execute: boolean; readonly restartPrimary: boolean },
): Promise<SettingsPlan> {
  const before = await readSettings(namedHosts(environment));
  // What every host has already, its servers have taken.
  const refusal = before.every((one) => isThere(environment, one))
    ? undefined
    : refusalOfSettings(environment, await trySettings(environment), file);
  if (refusal !== undefined) throw refusal;
  const lines = await refusalOfHba(environment, file);
  if (lines !== undefined) throw lines;
  const plan = planOf(environment, before);
  if (execute && !restartPrimary && plan.lowered.length > 0) throw refusalToLower(plan.lowered, before, file);
  return plan;
}

/** Whether a host has the files as they are declared. Pure. */
export function isThere(environment: Environment, { timescaledb, redis, services }: HostSettings): boolean {
  return (
    typeof timescaledb !== "string" &&
    timescaledb.text === postgresSettingsText(environment) &&
    typeof redis !== "string" &&
    redis.text === redisSettingsText(environment) &&
    OTHER_SERVICES.every(
      (service) =>
        !("unread" in services[service]) && changedOfService(environment, service, services[service]).length === 0,
    )
  );
}

/** What changes, host by host. Pure. */
export function planOf(environment: Environment, before: readonly HostSettings[]): SettingsPlan {
  const primary = primaryOf(before);
  const text = postgresSettingsText(environment);
  const changed = changedNames(primary?.server.text ?? null, text);
  const lowered =
    primary === undefined
      ? []
      : loweredLimits(primary.server, postgresLayers(environment)).filter(({ name }) => changed.includes(name));
  return {
    before,
    lowered,
    words: [...loweredWords(lowered), ...before.flatMap((one) => hostWords(environment, one))],
  };
}

function loweredWords(lowered: readonly LoweredLimit[]): readonly string[] {
  return lowered.map(
    ({ name, from, to }) =>
      `${name} becomes less, ${from} -> ${to}: the primary is started anew in place, before the standby; ${OUTAGE}; only with ${RESTART_PRIMARY}`,
  );
}

function refusalToLower(lowered: readonly LoweredLimit[], before: readonly HostSettings[], file: string): UserError {
  const primary = primaryOf(before)?.name ?? "the primary";
  const names = lowered.map(({ name, from, to }) => `${name} from ${from} to ${to}`).join(", ");
  return new UserError(
    `${file} lowers ${names}: a standby must not have less than its primary, so ${primary} goes first, started anew in place; ${OUTAGE}. Nothing was changed`,
    `understudy up --env-config ${file} --execute ${RESTART_PRIMARY}`,
    3,
  );
}

function hostWords(environment: Environment, one: HostSettings): readonly string[] {
  const { host, timescaledb, redis } = one;
  const words: string[] = [];
  if (typeof timescaledb !== "string") {
    const names = changedNames(timescaledb.text, postgresSettingsText(environment));
    const atStart = names.filter((name) => timescaledb.values.get(name)?.atStart === true);
    const reloaded = names.filter((name) => !atStart.includes(name));
    if (reloaded.length > 0) words.push(`${host.name} timescaledb: read anew: ${reloaded.join(", ")}`);
    if (atStart.length > 0) words.push(`${host.name} timescaledb: read at a start alone: ${atStart.join(", ")}`);
  }
  if (typeof redis !== "string") {
    const names = changedNames(redis.text, redisSettingsText(environment));
    if (names.length > 0) words.push(`${host.name} redis: set: ${names.join(", ")}`);
  }
  return [...words, ...serviceWords(environment, one)];
}
