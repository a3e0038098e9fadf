import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost, Role } from "../../settings/pair";
import { bounded } from "./bounded";
import type { ObservedStore, Topology } from "../../evidence/document";
import { CONNECT_TIMEOUT_MS, openRedis, openSql } from "./sessions";
import { identify, type PostgresSession } from "./postgres";
import { isRefusal, latencySince, type ServiceAnswer } from "./readiness";
import { identifyRedis, type RedisSession } from "./redis";
import { messageOf } from "../../settings/user-error";
import { postgresSign, redisSign, tlsFailure, type SignOfLife } from "./signs-of-life";

/** What PostgreSQL says of itself. */
export async function observePostgres(sql: PostgresSession): Promise<ObservedStore> {
  const { inRecovery, ...detail } = await identify(sql);
  return { state: "observed", role: inRecovery ? "standby" : "primary", detail };
}

/** What Redis says of itself. */
export async function observeRedis(redis: RedisSession): Promise<ObservedStore> {
  const { role, replicationId, version, follows } = await identifyRedis(redis);
  return {
    state: "observed",
    role,
    detail: {
      replicationId,
      version,
      follows: follows && `${follows.host}:${follows.port}`,
      linkUp: follows && follows.linkUp,
    },
  };
}

/** One store as it was read: how it answered, what it says of itself, and the session to it; null where none was opened. */
export interface StoreReading<Session> {
  readonly answer: ServiceAnswer;
  /** `unknown`, with the reason, when the store could not be read. */
  readonly observed: ObservedStore;
  readonly session: Session | null;
}

/** Both stores of one host as they were read. */
export interface HostStores {
  readonly host: NamedHost;
  readonly timescaledb: StoreReading<PostgresSession>;
  readonly redis: StoreReading<RedisSession>;
}

/** The ways to a host's stores: sessions that are open, or are being opened. */
export interface StoreWays {
  readonly host: NamedHost;
  readonly sql: PostgresSession | Promise<PostgresSession>;
  readonly redis: RedisSession | Promise<RedisSession>;
}

interface Asking {
  /** Longest that a store takes to be opened and read, milliseconds; later it is unknown. */
  readonly withinMs?: number;
  readonly askRedis?: (redis: RedisSession) => Promise<ObservedStore>;
}

/** Reads both stores of a host side by side, and leaves their sessions open. Changes nothing; never throws. */
export async function readStores(
  { host, sql, redis }: StoreWays,
  { withinMs = CONNECT_TIMEOUT_MS, askRedis = observeRedis }: Asking = {},
): Promise<HostStores> {
  const [timescaledb, redisStore] = await Promise.all([
    readStore({
      what: `${host.name}: PostgreSQL`,
      withinMs,
      opening: sql,
      observe: observePostgres,
      end: endSql,
      sign: postgresSign,
    }),
    readStore({
      what: `${host.name}: Redis`,
      withinMs,
      opening: redis,
      observe: askRedis,
      end: endRedis,
      sign: redisSign,
    }),
  ]);
  return { host, timescaledb, redis: redisStore };
}

interface StoreAsking<Session> {
  readonly what: string;
  readonly withinMs: number;
  readonly opening: Session | Promise<Session>;
  readonly observe: (session: Session) => Promise<ObservedStore>;
  readonly end: (session: Session) => void;
  readonly sign: (error: unknown) => SignOfLife;
}

async function readStore<Session>({
  what,
  withinMs,
  opening,
  observe,
  end,
  sign,
}: StoreAsking<Session>): Promise<StoreReading<Session>> {
  const began = performance.now();
  let session = null as Session | null;
  const reading = async (): Promise<ObservedStore> => observe((session = await opening));
  try {
    const observed = await bounded(what, withinMs, reading());
    return { answer: { kind: "ready", latencyMs: latencySince(began) }, observed, session };
  } catch (error) {
    // A session that comes about after its time would keep this process alive.
    if (session === null) void Promise.resolve(opening).then(end, () => undefined);
    const said = sign(error);
    const tls = session === null ? tlsFailure(error) : undefined;
    const code = tls ?? (session === null && said.sign === "unknown" ? said.code : undefined);
    if (code !== undefined) {
      const detail = `cannot tell: ${code}: ${messageOf(error)}`;
      return { answer: { kind: "cannot-tell", code, detail }, observed: { state: "unknown", reason: detail }, session };
    }
    const detail = messageOf(error);
    // A server that refuses a session is there: it starts, stops, has no room, or does not know the password.
    const spoke = session !== null || said.sign === "lives";
    const answer: ServiceAnswer = spoke
      ? { kind: "not-ready", latencyMs: latencySince(began), detail }
      : { kind: "silent", refused: isRefusal(error), detail };
    return { answer, observed: { state: "unknown", reason: detail }, session };
  }
}

function endSql(sql: PostgresSession): void {
  void sql.end().catch(() => undefined);
}

function endRedis(redis: RedisSession): void {
  redis.close();
}

/** Reads both stores of a host over sessions of its own, which stay open until `closeStores`. Never throws. */
export function askStores(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
  asking?: Asking,
): Promise<HostStores> {
  const sql = openSql(host, environment, credentials);
  return readStores({ host, sql, redis: openRedis(host, environment, credentials) }, asking);
}

/** Closes the sessions over which the stores of a host were read. */
export function closeStores({ timescaledb, redis }: HostStores): void {
  if (timescaledb.session) endSql(timescaledb.session);
  if (redis.session) endRedis(redis.session);
}

/** What the stores of every host said of themselves, beside what each host is declared to be. */
export function topologyOf(
  { stores, readAt }: { readonly stores: readonly HostStores[]; readonly readAt: string },
  declared: Readonly<Record<string, Role | undefined>>,
): Topology {
  const hosts = stores.map(({ host, timescaledb, redis }) => ({
    host: host.name,
    declaredRole: declared[host.name] ?? null,
    timescaledb: timescaledb.observed,
    redis: redis.observed,
  }));
  return { readAt, hosts };
}

/** The roles hosts play now, over sessions that are already open; of a host that is silent they are unknown. */
export async function readTopology(
  ways: readonly StoreWays[],
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<Topology> {
  const stores = await Promise.all(ways.map((one) => readStores(one)));
  return topologyOf({ stores, readAt: new Date().toISOString() }, declared);
}

/** The roles both hosts play now, over sessions of its own. Changes nothing; takes at most a few seconds when a host is silent. */
export async function observePair(
  hosts: readonly NamedHost[],
  environment: Environment,
  credentials: Credentials,
  declared: Readonly<Record<string, Role | undefined>> = {},
): Promise<Topology> {
  const stores = await Promise.all(hosts.map((host) => askStores(host, environment, credentials)));
  stores.forEach(closeStores);
  return topologyOf({ stores, readAt: new Date().toISOString() }, declared);
}
