import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import { bounded } from "../../drills/hosts/bounded";
import type { ObservedStore } from "../../evidence/document";
import { isRefusal } from "../../drills/hosts/readiness";
import { CONNECT_TIMEOUT_MS, openRedis, openSql } from "../../drills/hosts/sessions";
import { observePostgres, observeRedis } from "../../drills/hosts/observe";
import type { PostgresSession } from "../../drills/hosts/postgres";
import type { RedisSession } from "../../drills/hosts/redis";
import { messageOf } from "../../settings/user-error";
import type { StoreAnswer } from "./judge-health";

/** Both stores of one host: what they answered, and the sessions that are open to them; null where none is. */
export interface HostStores {
  readonly host: NamedHost;
  readonly timescaledb: StoreAnswer;
  readonly redis: StoreAnswer;
  readonly sql: PostgresSession | null;
  readonly redisSession: RedisSession | null;
  close(): void;
}

/** Asks both stores of a host over SQL and by PING, each for some seconds at most; never throws. */
export async function askStores(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<HostStores> {
  const [postgres, redis] = await Promise.all([
    ask(`${host.name}: PostgreSQL`, openSql(host, environment, credentials), observePostgres, endSql),
    ask(
      `${host.name}: Redis`,
      openRedis(host, environment, credentials),
      async (session) => {
        const pong = await session.command("PING");
        if (pong !== "PONG") throw new Error(`answers PING with ${JSON.stringify(pong)}`);
        return observeRedis(session);
      },
      endRedis,
    ),
  ]);
  return {
    host,
    timescaledb: postgres.said,
    redis: redis.said,
    sql: postgres.session,
    redisSession: redis.session,
    close: () => {
      if (postgres.session) endSql(postgres.session);
      if (redis.session) endRedis(redis.session);
    },
  };
}

function endSql(session: PostgresSession): void {
  void session.end().catch(() => undefined);
}

function endRedis(session: RedisSession): void {
  session.close();
}

async function ask<Session>(
  what: string,
  opening: Promise<Session>,
  observe: (session: Session) => Promise<ObservedStore>,
  end: (session: Session) => void,
): Promise<{ said: StoreAnswer; session: Session | null }> {
  const began = performance.now();
  const latencyMs = (): number => Math.round((performance.now() - began) * 10) / 10;
  let session: Session | null = null;
  try {
    session = await bounded(what, CONNECT_TIMEOUT_MS, opening);
    const observed = await bounded(what, CONNECT_TIMEOUT_MS, observe(session));
    return { said: { answer: { kind: "ready", latencyMs: latencyMs() }, observed }, session };
  } catch (error) {
    // A session that comes about after its time would keep this process alive.
    if (session === null) void opening.then(end, () => undefined);
    const detail = messageOf(error);
    const observed: ObservedStore = { state: "unknown", reason: detail };
    // A server that refuses a session in words is there: it starts, stops, or does not know the password.
    const spoke =
      session !== null || /^[0-9A-Z]{5}$/.test((error as { code?: string }).code ?? "") || /^[A-Z]+ /.test(detail);
    const answer = spoke
      ? ({ kind: "not-ready", latencyMs: latencyMs(), detail } as const)
      : ({ kind: "silent", refused: isRefusal(error), detail } as const);
    return { said: { answer, observed }, session };
  }
}
