import { bounded } from "../../drills/hosts/bounded";
import { connectEngine } from "../../drills/hosts/engine";
import { readRedisSettings } from "../../drills/hosts/server-settings/redis-settings";
import { readServiceTexts } from "../../drills/hosts/server-settings/service-settings";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost } from "../../settings/pair";
import { postgresLayers, postgresSettingsText, redisSettingsText } from "../../settings/server/layers";
import { OTHER_SERVICES, type ServiceName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";
import { changedNames, pendingOfPostgres, pendingOfRedis } from "../settings/plan";
import { RESTART_PRIMARY } from "../settings/plan-up";
import { readPostgresOf, type HostSettings } from "../settings/read-settings";
import { changedOfService } from "../settings/service-plan";

/** Settings of one service of one host that are not in force yet, and why. */
export interface WaitingSettings {
  readonly host: string;
  readonly service: ServiceName;
  /**
   * `start`: declared, and read at a start alone; `by hand`: the same, by ALTER SYSTEM; `memory`: follows from memory, and
   * may wait; `up`: declared, and not brought to the host yet.
   */
  readonly waitsFor: "start" | "by hand" | "memory" | "up";
  readonly names: readonly string[];
  /** The command; null where none is needed. */
  readonly next: string | null;
}

const READ_MS = 8000;

/**
 * What waits on every host. A service that does not say how it is set, or not at once, is left out: its row tells that it does
 * not answer. Redis is asked where the environment file sets something of it, because that starts a scratch server.
 */
export async function readWaitingSettings(environment: Environment): Promise<readonly WaitingSettings[]> {
  const hosts = namedHosts(environment);
  return waitingOf(environment, await Promise.all(hosts.map((host) => readQuickly(environment, host))));
}

async function readQuickly(environment: Environment, host: NamedHost): Promise<HostSettings> {
  const engine = connectEngine(host);
  const within = <T>(work: Promise<T>): Promise<T | string> =>
    bounded(`${host.name}: settings`, READ_MS, work).catch(messageOf);
  const asksRedis = Object.keys(environment.redis.settings).length > 0;
  try {
    const [timescaledb, redis, services] = await Promise.all([
      within(readPostgresOf(engine, host.name)),
      asksRedis ? within(readRedisSettings(engine.docker, host.name)) : "not asked",
      readServiceTexts(engine.docker, host.name, READ_MS),
    ]);
    return { host, timescaledb, redis, services };
  } finally {
    engine.close();
  }
}

/** What waits, of what was read. Pure. */
export function waitingOf(environment: Environment, all: readonly HostSettings[]): readonly WaitingSettings[] {
  const up = "understudy up --execute";
  const restart = (standby: boolean): string => {
    if (standby) return up;
    const inPlace = `${up} ${RESTART_PRIMARY}`;
    return all.length > 1 ? `understudy switchover --execute, then ${up}; or in place: ${inPlace}` : inPlace;
  };
  return all.flatMap(({ host, timescaledb, redis, services }) => {
    const found: WaitingSettings[] = [];
    const add = (
      service: ServiceName,
      waitsFor: WaitingSettings["waitsFor"],
      names: readonly string[],
      next: string | null,
    ) => {
      if (names.length > 0) found.push({ host: host.name, service, waitsFor, names, next });
    };
    if (typeof timescaledb !== "string") {
      const { declared, tuned, byHand } = pendingOfPostgres(timescaledb, postgresLayers(environment));
      add("timescaledb", "start", declared, restart(timescaledb.standby));
      add("timescaledb", "by hand", byHand, "understudy settings");
      add("timescaledb", "memory", tuned, null);
      add("timescaledb", "up", changedNames(timescaledb.text, postgresSettingsText(environment)), up);
    }
    if (typeof redis !== "string") {
      add("redis", "start", pendingOfRedis(redis).declared, restart(redis.standby));
      add("redis", "up", changedNames(redis.text, redisSettingsText(environment)), up);
    }
    for (const service of OTHER_SERVICES)
      add(service, "up", changedOfService(environment, service, services[service]), up);
    return found;
  });
}

const WORDS: Readonly<Record<WaitingSettings["waitsFor"], string>> = {
  start: "to be started anew for",
  "by hand": "to be started anew for what ALTER SYSTEM has set:",
  memory: "for its next start, whenever that is:",
  up: "for an up that brings",
};

/** How one is told, in words. Pure. */
export function waitingWords({ host, service, waitsFor, names, next }: WaitingSettings): string {
  return `${host} ${service}: waits ${WORDS[waitsFor]} ${names.join(", ")}${next === null ? "" : `\n         next: ${next}`}`;
}
