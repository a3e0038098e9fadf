import { takeDrillLock } from "../../drills/hosts/drill-lock";
import { connectEngine } from "../../drills/hosts/engine";
import { asSession, localServer } from "../../drills/hosts/local-postgres";
import { setRedis } from "../../drills/hosts/server-settings/redis-settings";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { postgresLayers, redisSettingsText } from "../../settings/server/layers";
import type { StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import { changedNames, pendingOfPostgres, pendingOfRedis, whyStandbyWaits, type Pending } from "./plan";
import { driftOf, driftWords } from "./drift";
import { OUTAGE, primaryOf, RESTART_PRIMARY, type SettingsPlan } from "./plan-up";
import { allAsDeclared } from "./service-plan";
import { readSettings, type HostSettings } from "./read-settings";
import { restartStore, untilReplayed } from "./restart-store";

/** What an `up` did of the settings, or would do. */
export interface SettingsOutcome {
  readonly done: readonly string[];
  /** What waits, and what somebody has set by hand. */
  readonly notes: readonly string[];
  /** Why it did not come about; null when it did. */
  readonly failure: string | null;
}

type Say = (words: string) => void;

/** Keeps drills away from every host meanwhile; a server that is started anew lets go, the other one does not. */
async function locked<T>(hosts: readonly NamedHost[], work: () => Promise<T>): Promise<T> {
  const engines = hosts.map((host) => ({ host, engine: connectEngine(host) }));
  const servers = engines.map(({ host, engine }) => ({ host, server: localServer(engine.docker, host.name) }));
  try {
    for (const { host, server } of servers) await takeDrillLock({ host, sql: asSession(await server.open()) });
    return await work();
  } finally {
    for (const { server } of servers) server.close();
    for (const { engine } of engines) engine.close();
  }
}

/**
 * After the primary has its file and before the standby has: the primary starts with less, and the standby replays that.
 * @returns what was done @throws Error when either does not come about
 */
export async function lowerOnPrimary(
  environment: Environment,
  { before, lowered }: SettingsPlan,
  say: Say,
): Promise<string> {
  const hosts = namedHosts(environment);
  const name = primaryOf(before)?.name;
  const primary = hosts.find((host) => host.name === name);
  const standby = hosts.find((host) => host.name !== name);
  if (primary === undefined) throw new Error("no host says that it is the primary");
  return locked(hosts, async () => {
    say(
      `${primary.name}: PostgreSQL is started anew, for less of ${lowered.map((one) => one.name).join(", ")}; ${OUTAGE}`,
    );
    const tookMs = await restartStore(primary, "timescaledb", "primary");
    if (standby !== undefined) await untilReplayed(primary, standby);
    return `${primary.name} timescaledb: started anew, away for ${(tookMs / 1000).toFixed(1)} s`;
  });
}

/** Sets what a running Redis takes, the standby's first, then starts anew what needs it; never throws. */
export async function applySettings(
  environment: Environment,
  plan: SettingsPlan,
  restartPrimary: boolean,
  say: Say,
): Promise<SettingsOutcome> {
  const done: string[] = [];
  try {
    done.push(...(await setChanged(environment, plan.before)));
    const now = await readSettings(namedHosts(environment));
    const { done: services, notes: left } = allAsDeclared(environment, plan.before, now);
    done.push(...services);
    const notes = [...byHandNotes(now), ...tunedNotes(environment, now), ...left];
    for (const one of standbysFirst(restartsOf(environment, now))) {
      const { host, store, standby, names, waits } = one;
      const what = `${host.name} ${store}: ${names.join(", ")}`;
      if (waits !== undefined)
        notes.push(
          `${what}: the standby is not started anew: ${waits}; next: understudy up --execute ${RESTART_PRIMARY}`,
        );
      else if (!standby && !restartPrimary) notes.push(primaryNote(what, now.length > 1));
      else if (!standby && !isFollowed(now, host.name, store))
        notes.push(`${what}: the primary is not started anew: no standby follows it; next: understudy status`);
      else {
        say(`${what}: started anew in place${standby ? "" : `; ${OUTAGE}`}`);
        const tookMs = await locked(namedHosts(environment), () =>
          restartStore(host, store, standby ? "standby" : "primary"),
        );
        done.push(`${what}: started anew, away for ${(tookMs / 1000).toFixed(1)} s`);
      }
    }
    return { done, notes, failure: null };
  } catch (error) {
    return { done, notes: [], failure: messageOf(error) };
  }
}

/** What this `up` has changed in Redis' file; what somebody has set by hand stays. */
async function setChanged(environment: Environment, before: readonly HostSettings[]): Promise<readonly string[]> {
  const text = redisSettingsText(environment);
  const done: string[] = [];
  for (const { host, redis: was } of standbysOf(before)) {
    if (typeof was === "string") continue;
    const names = changedNames(was.text, text);
    if (names.length === 0) continue;
    const [now] = await readSettings([host]);
    if (now === undefined) continue;
    if (typeof now.redis === "string") throw new Error(`${host.name}: ${now.redis}`);
    const wanted = now.redis.differences.filter((one) => !one.atStart && names.includes(one.name));
    const engine = connectEngine(host);
    try {
      const set = await setRedis(
        engine.docker,
        wanted.map(({ name, next }) => ({ name, value: next })),
      );
      if (set.length > 0) done.push(`${host.name} redis: set: ${set.join(", ")}`);
    } finally {
      engine.close();
    }
  }
  return done;
}

function standbysOf(all: readonly HostSettings[]): readonly HostSettings[] {
  const rank = ({ redis }: HostSettings): number => Number(typeof redis !== "string" && !redis.standby);
  return [...all].sort((left, right) => rank(left) - rank(right));
}

interface Restart {
  readonly host: NamedHost;
  readonly store: StoreName;
  readonly standby: boolean;
  readonly names: readonly string[];
  /** Why a standby must not be started anew now. */
  readonly waits: string | undefined;
}

/** The servers that wait to be started anew for what an operator has declared. Pure. */
export function restartsOf(environment: Environment, now: readonly HostSettings[]): readonly Restart[] {
  const layers = postgresLayers(environment);
  const primary = primaryOf(now)?.server;
  return now.flatMap(({ host, timescaledb, redis }): Restart[] => {
    const found: Restart[] = [];
    if (typeof timescaledb !== "string") {
      const { declared } = pendingOfPostgres(timescaledb, layers);
      const waits = timescaledb.standby && primary ? whyStandbyWaits(primary, timescaledb, layers) : undefined;
      found.push({ host, store: "timescaledb", standby: timescaledb.standby, names: declared, waits });
    }
    if (typeof redis !== "string")
      found.push({
        host,
        store: "redis",
        standby: redis.standby,
        names: pendingOfRedis(redis).declared,
        waits: undefined,
      });
    return found.filter(({ names }) => names.length > 0);
  });
}

function standbysFirst(restarts: readonly Restart[]): readonly Restart[] {
  return [...restarts].sort((left, right) => Number(right.standby) - Number(left.standby));
}

function primaryNote(what: string, pair: boolean): string {
  const inPlace = `understudy up --execute ${RESTART_PRIMARY}, in place; ${OUTAGE}`;
  return `${what}: waits until the primary is started anew; next: ${pair ? `understudy switchover --execute, then understudy up --execute; or ${inPlace}` : inPlace}`;
}

/** Whether another host follows: a primary without a standby may be held at its start. On one host there is nobody to ask. */
function isFollowed(now: readonly HostSettings[], primary: string, store: StoreName): boolean {
  const others = now.filter(({ host }) => host.name !== primary);
  return others.every((one) => typeof one[store] !== "string" && one[store].linked === true);
}

function byHandNotes(now: readonly HostSettings[]): readonly string[] {
  return now
    .flatMap(driftOf)
    .map(
      (one) =>
        `${one.host} ${one.store}: ${driftWords(one)}; next: understudy settings --adopt ${one.name}, or --reset`,
    );
}

function tunedNotes(environment: Environment, now: readonly HostSettings[]): readonly string[] {
  return now.flatMap(({ host, timescaledb }) => {
    if (typeof timescaledb === "string") return [];
    const { tuned }: Pending = pendingOfPostgres(timescaledb, postgresLayers(environment));
    return tuned.length === 0
      ? []
      : [`${host.name} timescaledb: ${tuned.join(", ")}: takes effect at its next start, whenever that is`];
  });
}
