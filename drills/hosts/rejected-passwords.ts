import { Client } from "pg";
import { CREDENTIAL_KEYS, formerCredentials, type Credentials } from "../../settings/credentials";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import { rootOf } from "../../settings/own-roles";
import type { Environment } from "../../settings/environment";
import { REPLICATION_USER } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import { bounded } from "./bounded";
import { isEncrypted, tlsOptions } from "./postgres-encryption";
import { isInvalidPassword, sessionConfig } from "./postgres-session";
import { connectOwnUser, isWrongPassword } from "./redis";
import { connectRedisBy, isRedisPlainByItsHost, redisWaysTo } from "./redis-encryption";
import { CONNECT_TIMEOUT_MS, openSql } from "./sessions";

/** A password of the stores, by its name in the credentials. */
export type StorePassword = Extract<keyof Credentials, "postgres" | "roles" | "replication" | "redis">;

/** In which container each of them lies, in a file of its own name. */
export const CONTAINER_OF: Readonly<Record<StorePassword, "timescaledb" | "redis">> = {
  postgres: "timescaledb",
  roles: "timescaledb",
  replication: "timescaledb",
  redis: "redis",
};

/** The key of the stack's config that a store's password comes from. */
export function keyOf(password: StorePassword): string {
  return CREDENTIAL_KEYS[password];
}

/**
 * Which of these passwords the living stores of a host do not accept, by their own codes. Changes nothing; of a store that
 * cannot be asked nothing is known, and nothing is said.
 */
export async function rejectedPasswords(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<readonly StorePassword[]> {
  const [postgres, redis] = await Promise.all([
    postgresRejects(host, environment, credentials),
    redisRejects(host, environment, credentials),
  ]);
  return [...postgres, ...redis];
}

async function postgresRejects(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<readonly StorePassword[]> {
  try {
    const sql = await bounded("PostgreSQL", CONNECT_TIMEOUT_MS, openSql(host, environment, credentials));
    try {
      // Until the first `up` has come to its end there is no such role.
      const { rowCount } = await sql.query("select from pg_roles where rolname = $1", [REPLICATION_USER]);
      const tried = rowCount === 1 && (await replicationRejects(host, environment, credentials, isEncrypted(sql)));
      return tried ? ["replication"] : [];
    } finally {
      void sql.end().catch(() => undefined);
    }
  } catch (error) {
    // Both the drill's role and the superuser were tried: of the two, the role's is the one that the pair needs.
    return isInvalidPassword(error) ? [rootOf(credentials)] : [];
  }
}

/** By a session of the standby's kind: the role may open no other. While its password is exchanged either is accepted. */
async function replicationRejects(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
  encrypts: boolean,
): Promise<boolean> {
  const former = formerCredentials(credentials);
  return (
    (await replicationRejectsOne(host, environment, credentials, encrypts)) &&
    (former === undefined || (await replicationRejectsOne(host, environment, former, encrypts)))
  );
}

async function replicationRejectsOne(
  host: NamedHost,
  environment: Environment,
  { replication, clients }: Credentials,
  encrypts: boolean,
): Promise<boolean> {
  const shown = encrypts ? clients?.[REPLICATION_USER] : undefined;
  const client = new Client({
    ...{ host: host.address, port: environment.ports.postgres, user: REPLICATION_USER, password: replication },
    ...{ database: "replication", replication: "true", connectionTimeoutMillis: 3000 },
    ...sessionConfig("understudy-drill"),
    ssl: shown ? tlsOptions(shown, host.address) : false,
  });
  client.on("error", () => undefined);
  try {
    await bounded("PostgreSQL", CONNECT_TIMEOUT_MS, client.connect());
    return false;
  } catch (error) {
    return isInvalidPassword(error);
  } finally {
    void client.end().catch(() => undefined);
  }
}

async function redisRejects(
  host: NamedHost,
  environment: Environment,
  { redis: password, clients, before }: Credentials,
): Promise<readonly StorePassword[]> {
  // Of `default`, which the password in the config is of. Ours are derived, as the roles of PostgreSQL.
  const opening = connectRedisBy(
    redisWaysTo(environment, clients?.understudy_drill),
    (way) =>
      connectOwnUser({ address: host.address, ...way, user: DEFAULT_REDIS_USER, password }, before?.redis ?? password),
    () => isRedisPlainByItsHost(host),
  );
  try {
    (await bounded("Redis", CONNECT_TIMEOUT_MS, opening)).close();
    return [];
  } catch (error) {
    return isWrongPassword(error) ? ["redis"] : [];
  }
}
