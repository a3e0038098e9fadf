import { connectPostgres } from "../../drills/hosts/postgres";
import { firstWay } from "../../drills/hosts/postgres-encryption";
import { connectRedis } from "../../drills/hosts/redis";
import { redisWaysTo, type RedisWay } from "../../drills/hosts/redis-encryption";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { ownPassword } from "../../settings/own-roles";
import { viewFrom } from "../../settings/pair";
import type { StoreName } from "../../settings/services";

/** What the watch writes to, as a user's application would: nothing of it is the product's own, nor in the product's database. */
export const USER_DATABASE = "lab_shop";
/** The role that the user's application logs in as: it may make databases, and is nothing of the product's. */
export const USER_ROLE = "lab_shop";
/** Schema and table of the user's rows. */
export const USER_TABLE = "shop.orders";
/** The database of Redis that the user's keys are in. */
export const USER_REDIS_DATABASE = 3;

/** Made by whoever may write and finds none. */
export const MAKE_USER_TABLE = `create schema if not exists shop;
  create table if not exists ${USER_TABLE} (run text, host text, number bigint, at timestamptz default now())`;

/** The list of what one watch has written to the Redis of one host. */
export function userKey(run: string, host: string): string {
  return `orders:${run}:${host}`;
}

/** One row or list entry of a watch: the host through which it was written, and its number. */
export function userRow(host: string, number: number | string): string {
  return `${host} ${number}`;
}

/** Everything of one watch that a host has: one reading a store. @throws Error of the store */
export type UserData = Readonly<Record<StoreName, () => Promise<ReadonlySet<string>>>>;

/** Whom the user's application believes; undefined where the pair's sessions are plain. It shows no certificate of its own. */
export function userTls(
  environment: Environment,
  credentials: Pick<Credentials, "clients">,
): { readonly ca: string } | undefined {
  const shown = firstWay(environment, credentials, "understudy_probe");
  return shown && { ca: shown.ca };
}

/** By which port of Redis the user's application comes, and whom it believes there. */
export function userRedisWay(
  environment: Pick<Environment, "ports" | "encryption">,
  credentials: Pick<Credentials, "clients">,
): RedisWay {
  return redisWaysTo(environment, credentials.clients?.understudy_drill)[0] ?? { port: environment.ports.redis };
}

/** Reads on `name` what a watch has written through any host; the rows are taken away once they were read. */
export function userDataOn(
  name: string,
  run: string,
  environment: Environment,
  credentials: Pick<Credentials, "roles" | "postgres" | "redis" | "clients">,
): UserData {
  const { address } = viewFrom(environment, name).self;
  return {
    timescaledb: async () => {
      const password = ownPassword(credentials, USER_ROLE);
      const tls = userTls(environment, credentials);
      const target = { address, port: environment.ports.postgres, user: USER_ROLE, password, tls };
      const session = await connectPostgres(target, USER_DATABASE);
      try {
        const sql = `delete from ${USER_TABLE} where run = $1 returning host, number::text`;
        const { rows } = await session.query<{ host: string; number: string }>(sql, [run]);
        return new Set(rows.map(({ host, number }) => userRow(host, number)));
      } finally {
        void session.end().catch(() => undefined);
      }
    },
    redis: async () => {
      const { port, tls } = userRedisWay(environment, credentials);
      const session = await connectRedis({ address, port, tls, password: credentials.redis });
      try {
        await session.command("SELECT", String(USER_REDIS_DATABASE));
        const found: string[] = [];
        for (const host of Object.keys(environment.hosts)) {
          const key = userKey(run, host);
          const numbers = (await session.command("LRANGE", key, "0", "-1")) as string[];
          found.push(...numbers.map((number) => userRow(host, number)));
          await session.command("DEL", key);
        }
        return new Set(found);
      } finally {
        session.close();
      }
    },
  };
}
