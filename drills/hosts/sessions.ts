import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { viewFrom, type NamedHost } from "../../settings/pair";
import { bounded } from "./bounded";
import { ownRedisPassword, type OwnRedisUser } from "../../settings/own-redis-users";
import { formerOf, ownPassword, type OwnRole } from "../../settings/own-roles";
import { connectBy, connectOwnRole, type PostgresSession } from "./postgres";
import { isPlainByItsHost, waysTo } from "./postgres-encryption";
import { connectOwnUser, type RedisSession } from "./redis";
import { connectRedisBy, isRedisPlainByItsHost, redisWaysTo } from "./redis-encryption";
import { messageOf } from "../../settings/user-error";
import { openAgent, type Agent } from "./agent";
import { connectEngine, type HostEngine } from "./engine";
import { localServer, type LocalServer } from "./local-postgres";

/** Bound of each connection attempt, milliseconds. */
export const CONNECT_TIMEOUT_MS = 8000;

/** Every session that a drill needs to one host, open. */
export interface HostSessions {
  readonly host: NamedHost;
  /** Opened anew after a stop of its server. */
  sql: PostgresSession;
  readonly redis: RedisSession;
  readonly agent: Agent;
  readonly engine: HostEngine;
  /** The superuser's sessions over the local socket; none is open before it is asked for. */
  readonly local: LocalServer;
  close(): void;
}

/** The role that a drill's sessions log in as. */
const DRILL_ROLE = "understudy_drill" satisfies OwnRole;
/** The same of Redis. */
const DRILL_USER = "understudy_drill" satisfies OwnRedisUser;

/**
 * Opens the PostgreSQL session only.
 * @param onPlain told when a server that is to encrypt answers that it does not, before its host is asked whether it should
 */
export function openSql(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
  onPlain: () => void = () => undefined,
): Promise<PostgresSession> {
  const where = { address: host.address, port: environment.ports.postgres };
  const former = formerOf(credentials, (all) => ownPassword(all, DRILL_ROLE));
  const login = { user: DRILL_ROLE, password: ownPassword(credentials, DRILL_ROLE), former };
  const ways = waysTo(environment, credentials.clients?.[DRILL_ROLE]);
  return connectBy(
    ways,
    (tls) => connectOwnRole({ ...where, ...login, tls }, credentials.postgres),
    () => {
      onPlain();
      return isPlainByItsHost(host);
    },
  );
}

/** Opens the Redis session only. */
export function openRedis(host: NamedHost, environment: Environment, credentials: Credentials): Promise<RedisSession> {
  const derive = (roots: Credentials): string => ownRedisPassword(roots, DRILL_USER);
  const login = { user: DRILL_USER, password: derive(credentials), former: formerOf(credentials, derive) };
  return connectRedisBy(
    redisWaysTo(environment, credentials.clients?.[DRILL_USER]),
    (way) => connectOwnUser({ address: host.address, ...way, ...login }, credentials.redis),
    () => isRedisPlainByItsHost(host),
  );
}

/**
 * Opens every session to `host`, side by side.
 * @throws Error naming the host and every session that could not be opened; what was opened is closed again
 */
export async function openSessions(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
  { sqlMayBeDown = false } = {},
): Promise<HostSessions> {
  const engine = connectEngine(host);
  const local = localServer(engine.docker, host.name);
  const bound = <T>(what: string, work: Promise<T>): Promise<T> =>
    bounded(`${host.name}: ${what}`, CONNECT_TIMEOUT_MS, work);
  const [sql, redis, agent] = await Promise.allSettled([
    bound("PostgreSQL", openSql(host, environment, credentials)).catch((error: unknown) => {
      if (!sqlMayBeDown) throw error;
      return notRunning(messageOf(error));
    }),
    bound("Redis", openRedis(host, environment, credentials)),
    bound("Docker engine", openAgent(engine.docker, host.name)),
  ]);
  const close = (): void => {
    if (sql.status === "fulfilled") void sql.value.end().catch(() => undefined);
    if (redis.status === "fulfilled") redis.value.close();
    if (agent.status === "fulfilled") agent.value.close();
    local.close();
    engine.close();
  };
  if (sql.status === "rejected" || redis.status === "rejected" || agent.status === "rejected") {
    close();
    const named = { PostgreSQL: sql, Redis: redis, "Docker engine": agent };
    const reasons = Object.entries(named).flatMap(([name, one]) =>
      one.status === "rejected"
        ? [`${name}: ${one.reason instanceof Error ? one.reason.message : String(one.reason)}`]
        : [],
    );
    throw new Error(`${host.name} (${host.address}) cannot be reached: ${reasons.join("; ")}`);
  }
  return { host, sql: sql.value, redis: redis.value, agent: agent.value, engine, local, close };
}

/** Stands where a session would: every query fails with the reason why there is none. */
function notRunning(reason: string): PostgresSession {
  const stub = { query: () => Promise.reject(new Error(reason)), end: () => Promise.resolve() };
  return stub as unknown as PostgresSession;
}

/** Opens every session to both hosts. @throws Error naming each host that cannot be reached; nothing stays open then */
export async function openPair(
  names: { readonly fromHost: string; readonly toHost: string },
  environment: Environment,
  credentials: Credentials,
  /** After an interrupted drill the old primary's PostgreSQL may be stopped. */
  { fromMayBeStopped = false } = {},
): Promise<{ from: HostSessions; to: HostSessions; close: () => void }> {
  const { self: fromHost } = viewFrom(environment, names.fromHost);
  const { self: toHost } = viewFrom(environment, names.toHost);
  const [from, to] = await Promise.allSettled([
    openSessions(fromHost, environment, credentials, { sqlMayBeDown: fromMayBeStopped }),
    openSessions(toHost, environment, credentials),
  ]);
  const close = (): void => {
    for (const one of [from, to]) if (one.status === "fulfilled") one.value.close();
  };
  if (from.status === "fulfilled" && to.status === "fulfilled") return { from: from.value, to: to.value, close };
  close();
  throw new Error([from, to].flatMap((one) => (one.status === "rejected" ? [messageOf(one.reason)] : [])).join("; "));
}
