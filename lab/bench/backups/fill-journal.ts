import { oneRow, type PostgresSession } from "../../../drills/hosts/postgres";
import { EVENTS_TABLE } from "../../../settings/names";
import type { Progress } from "../../host/progress";
import { LabError } from "../../host/run";
import { waitUntil } from "../../host/wait";

const MIB = 1024 * 1024;
/** Standby and archive may be so far behind, bytes, while the journal is filled: a slot keeps more. */
export const MOST_BEHIND = 512 * MIB;
const CAUGHT_UP_MS = 300_000;
/** Rows of one statement, some 5 MiB: far below the session's time limit. */
const BATCH = 50_000;

async function databaseBytes(sql: PostgresSession): Promise<number> {
  const { bytes } = await oneRow<{ bytes: string }>(sql, "select pg_database_size(current_database()) as bytes");
  return Number(bytes);
}

/** Waits until every slot of the server needs no more than this of its write-ahead log. @throws LabError after 5 min */
export async function awaitSlots(sql: PostgresSession, mostBytes: number): Promise<void> {
  const caughtUp = async (): Promise<boolean> => {
    const { behind } = await oneRow<{ behind: string | null }>(
      sql,
      "select max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)) as behind from pg_replication_slots",
    );
    return Number(behind) <= mostBytes;
  };
  if (await waitUntil(caughtUp, CAUGHT_UP_MS)) return;
  throw new LabError("standby or archive does not keep up with the filling of the journal; next: understudy status");
}

/**
 * Writes events of run `run` into the journal until the database has grown by so much.
 * @param sql a session to the primary
 * @returns by how many bytes it has grown
 * @throws LabError when the standby or the archive does not keep up
 */
export async function fillJournal(
  sql: PostgresSession,
  run: string,
  journalMib: number,
  progress: Progress,
): Promise<number> {
  const before = await databaseBytes(sql);
  const grown = async (): Promise<number> => (await databaseBytes(sql)) - before;
  let told = 0;
  for (let rows = 0, bytes = 0; bytes < journalMib * MIB; bytes = await grown()) {
    await sql.query(
      `insert into ${EVENTS_TABLE} (run, seq) select $1, n from generate_series($2::bigint, $3::bigint) n`,
      [run, rows + 1, rows + BATCH],
    );
    rows += BATCH;
    await awaitSlots(sql, MOST_BEHIND);
    if (bytes - told < 128 * MIB) continue;
    told = bytes;
    progress(`the journal has grown by ${Math.round(bytes / MIB)} MiB of ${journalMib}`);
  }
  // A segment is archived when it is full: the rest of one, and what its neighbour holds, may be left.
  await awaitSlots(sql, 64 * MIB);
  return grown();
}

/** Takes the events of that run away, and the room they took; every other event stays. @param sql a session to the primary */
export async function emptyJournal(sql: PostgresSession, run: string): Promise<void> {
  await sql.query("begin");
  try {
    await sql.query(`lock table ${EVENTS_TABLE} in access exclusive mode`);
    await sql.query(`create temp table kept on commit drop as select * from ${EVENTS_TABLE} where run <> $1`, [run]);
    await sql.query(`truncate ${EVENTS_TABLE}`);
    await sql.query(`insert into ${EVENTS_TABLE} select * from kept`);
    await sql.query("commit");
  } catch (error) {
    await sql.query("rollback");
    throw error;
  }
}
