import { awaitSlots, MOST_BEHIND } from "../backups/fill-journal";
import { oneRow, type PostgresSession } from "../../../drills/hosts/postgres";
import type { Progress } from "../../host/progress";

const SCHEMA = "bench_size";
const TABLE = `${SCHEMA}.filler`;
const MIB = 1024 * 1024;
/** Rows of one statement, some 32 MiB: far below a session's time limit on a busy machine. */
const BATCH = 32_000;
/** Words of one row: some KiB that does not compress, as a stand-in for what applications keep. */
const ROW = "(select string_agg(md5(random()::text || g || i), '') from generate_series(1, 30) i)";

/** What is on its way to the disk may be gigabytes: longer than a session's own bound, milliseconds. */
const CHECKPOINT_MS = 600_000;

async function writeCheckpoint(sql: PostgresSession): Promise<void> {
  await sql.query({ text: "checkpoint", query_timeout: CHECKPOINT_MS } as unknown as string);
}

/** Bytes of the pair's own database. */
export async function databaseBytes(sql: PostgresSession): Promise<number> {
  const { bytes } = await oneRow<{ bytes: string }>(sql, "select pg_database_size(current_database())::text as bytes");
  return Number(bytes);
}

/**
 * Fills a table of its own until the database is so large, no faster than the standby follows.
 * @param sql a session to the primary
 * @returns how large it is then, bytes
 * @throws LabError when the standby does not keep up
 */
export async function fillPostgres(sql: PostgresSession, gib: number, progress: Progress): Promise<number> {
  await sql.query(`create schema if not exists ${SCHEMA}`);
  await sql.query(`create table if not exists ${TABLE} (id bigint, words text)`);
  const wanted = gib * 1024 * MIB;
  let [bytes, told] = [await databaseBytes(sql), 0];
  while (bytes < wanted) {
    // Less at the end: one batch is more than nothing of a small size.
    const rows = Math.max(1000, Math.min(BATCH, Math.ceil((wanted - bytes) / 1024)));
    await sql.query(`insert into ${TABLE} (id, words) select g, ${ROW} from generate_series(1, ${rows}) g`);
    await awaitSlots(sql, MOST_BEHIND);
    bytes = await databaseBytes(sql);
    if (bytes - told < 512 * MIB && bytes < wanted) continue;
    told = bytes;
    progress(`PostgreSQL has ${(bytes / MIB / 1024).toFixed(1)} GiB of ${gib}`);
  }
  await writeCheckpoint(sql);
  await awaitSlots(sql, 64 * MIB);
  return bytes;
}

/** Takes the table away. */
export async function emptyPostgres(sql: PostgresSession): Promise<void> {
  await sql.query(`drop schema if exists ${SCHEMA} cascade`);
  await writeCheckpoint(sql);
  await awaitSlots(sql, 64 * MIB);
}
