import { connectEngine } from "../hosts/engine";
import { bounded } from "../hosts/bounded";
import { asSession, localServer } from "../hosts/local-postgres";
import { identify, oneRow, type PostgresSession } from "../hosts/postgres";
import type { Credentials } from "../../settings/credentials";
import { bringOwnRoles } from "./accounts";
import { EVENTS_TABLE } from "../../settings/names";
import type { HostView } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";

/**
 * What a pair's stores have of ours, as a number: a store of a lower one is brought forward by the next `up`. Version 1 has
 * an index with which a run of the journal is read back, version 2 the roles of our own sessions, version 3 the agent's.
 */
export const STORES_VERSION = 3;

const OPENS_MS = 20_000;

const [SCHEMA = "", TABLE = ""] = EVENTS_TABLE.split(".");
const RUN_INDEX = "events_run_seq";

/** Longest that the index of a large journal may take, milliseconds; it goes on after that, and the next `up` looks again. */
const INDEX_MS = 600_000;

/** Makes the journal where it is not there: its table, as a hypertable where TimescaleDB is, and its indexes. */
export async function createJournal(sql: PostgresSession): Promise<void> {
  const { rowCount: timescale } = await sql.query("select from pg_available_extensions where name = 'timescaledb'");
  if (timescale) await sql.query("create extension if not exists timescaledb");
  await sql.query(`create schema if not exists ${SCHEMA}`);
  await sql.query(
    `create table if not exists ${EVENTS_TABLE} (
       written_at timestamptz not null default clock_timestamp(), run text not null, seq bigint not null)`,
  );
  await sql.query(`create index if not exists events_written_at on ${EVENTS_TABLE} (written_at desc)`);
  if (timescale)
    await sql.query(
      `select create_hypertable('${EVENTS_TABLE}', 'written_at', if_not_exists => true, migrate_data => true)`,
    );
  await indexRuns(sql);
}

/**
 * Brings the stores of a host up to `STORES_VERSION`, as often as it is told to; writers go on meanwhile. A standby gets
 * it from its primary, whose own `up` sees to it.
 * @param has whether the pair has doors, which have a role of their own
 * @returns why it could not be done now, or undefined when the version is reached
 */
export async function bringForward(
  { self, peer }: HostView,
  credentials: Credentials,
  has: { readonly doors: boolean },
): Promise<string | undefined> {
  const engine = connectEngine(self);
  const server = localServer(engine.docker, self.name);
  try {
    const sql = asSession(await bounded(`${self.name}: PostgreSQL`, OPENS_MS, server.open()));
    if (!(await identify(sql)).inRecovery) await indexRuns(sql);
    // From either host: the one whose container is replaced last sees that both know the roles.
    await bringOwnRoles(peer === undefined ? [self] : [self, peer], credentials, has);
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    server.close();
    engine.close();
  }
}

/**
 * Indexes the journal by run without blocking writers; of a hypertable one chunk after the other. What an earlier attempt
 * left invalid is made anew. @throws Error while another session still builds it
 */
export async function indexRuns(sql: PostgresSession): Promise<void> {
  const { rows } = await sql.query<{ valid: boolean; building: boolean }>(
    `select indisvalid as valid, exists (select from pg_stat_progress_create_index p where p.index_relid = indexrelid) as building
       from pg_index where indexrelid = to_regclass('${SCHEMA}.${RUN_INDEX}')`,
  );
  const [found] = rows;
  if (found?.valid === true) return;
  if (found?.building === true) throw new Error(`the index ${RUN_INDEX} is still being built; next: understudy up`);
  const run = (text: string): Promise<unknown> => sql.query({ text, query_timeout: INDEX_MS } as { text: string });
  if (found !== undefined) await run(`drop index concurrently if exists ${SCHEMA}.${RUN_INDEX}`);
  await run(
    (await isHypertable(sql))
      ? `create index if not exists ${RUN_INDEX} on ${EVENTS_TABLE} (run, seq) with (timescaledb.transaction_per_chunk)`
      : `create index concurrently if not exists ${RUN_INDEX} on ${EVENTS_TABLE} (run, seq)`,
  );
}

async function isHypertable(sql: PostgresSession): Promise<boolean> {
  const { view } = await oneRow<{ view: boolean }>(
    sql,
    "select to_regclass('timescaledb_information.hypertables') is not null as view",
  );
  if (!view) return false;
  const { rowCount } = await sql.query(
    "select from timescaledb_information.hypertables where hypertable_schema = $1 and hypertable_name = $2",
    [SCHEMA, TABLE],
  );
  return (rowCount ?? 0) > 0;
}
