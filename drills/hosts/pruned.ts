import { EVENTS_TABLE, PRUNED } from "../../settings/names";
import { oneRow, type PostgresSession } from "./postgres";
import type { RedisSession } from "./redis";

/** Up to when PostgreSQL's journal was pruned, epoch milliseconds; 0 when it never was. What is older is not known. */
export async function prunedPostgresMs(sql: Pick<PostgresSession, "query">): Promise<number> {
  const { until } = await oneRow<{ until: string }>(
    sql as PostgresSession,
    `select coalesce(max(seq), 0)::text as until from ${EVENTS_TABLE} where run = $1`,
    [PRUNED],
  );
  return Number(until) * 1000;
}

/** Up to when Redis' journal was pruned, epoch milliseconds; 0 when it never was. @throws Error when the note is no moment */
export async function prunedRedisMs({ command }: Pick<RedisSession, "command">): Promise<number> {
  const until = (await command("GET", PRUNED)) as string | null | undefined;
  if (until === null || until === undefined) return 0;
  if (!/^\d{1,16}$/.test(until)) throw new Error(`the key ${PRUNED} of Redis is no moment: ${JSON.stringify(until)}`);
  return Number(until);
}
