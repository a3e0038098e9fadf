import { oneRow, type PostgresSession } from "../stores/postgres";

/**
 * When the old primary had become primary, as its standby saw it: since then the promoted host's own data of the services
 * that nothing replicates were not written to any more. Null when it had been primary from the beginning.
 * @param timeline the old primary's
 */
export async function tenureBegan(sql: PostgresSession, timeline: number): Promise<string | null> {
  const file = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`;
  const { at } = await oneRow<{ at: Date | null }>(sql, "select modification as at from pg_stat_file($1, true)", [
    file,
  ]);
  return at?.toISOString() ?? null;
}
