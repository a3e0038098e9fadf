import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost, Role } from "../../settings/pair";
import { bounded } from "./bounded";
import type { ObservedStore, Topology } from "../../evidence/document";
import { CONNECT_TIMEOUT_MS, openRedis, openSql } from "./sessions";
import { identify, type PostgresSession } from "./postgres";
import { identifyRedis, type RedisSession } from "./redis";
import { messageOf } from "../../settings/user-error";

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

async function orUnknown(reading: Promise<ObservedStore>): Promise<ObservedStore> {
  return reading.catch((error: unknown) => ({ state: "unknown" as const, reason: messageOf(error) }));
}

/** Reads both stores of one host over sessions of its own; a store that cannot be read is `unknown`, with the reason. */
async function observeHost(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<Omit<Topology["hosts"][number], "declaredRole">> {
  const postgres = async (): Promise<ObservedStore> => {
    const sql = await openSql(host, environment, credentials);
    try {
      return await observePostgres(sql);
    } finally {
      void sql.end().catch(() => undefined);
    }
  };
  const redis = async (): Promise<ObservedStore> => {
    const session = await openRedis(host, environment, credentials);
    try {
      return await observeRedis(session);
    } finally {
      session.close();
    }
  };
  const [timescaledb, redisStore] = await Promise.all([
    orUnknown(bounded(`${host.name}: PostgreSQL`, CONNECT_TIMEOUT_MS, postgres())),
    orUnknown(bounded(`${host.name}: Redis`, CONNECT_TIMEOUT_MS, redis())),
  ]);
  return { host: host.name, timescaledb, redis: redisStore };
}

/** Reads the roles both hosts play now. Changes nothing; takes at most a few seconds when a host is silent. */
export async function observePair(
  hosts: readonly NamedHost[],
  environment: Environment,
  credentials: Credentials,
  declared: Readonly<Record<string, Role | undefined>> = {},
): Promise<Topology> {
  const observed = await Promise.all(hosts.map((host) => observeHost(host, environment, credentials)));
  return {
    readAt: new Date().toISOString(),
    hosts: observed.map((one) => ({ ...one, declaredRole: declared[one.host] ?? null })),
  };
}
