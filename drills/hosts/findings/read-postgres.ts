import { setTimeout as sleep } from "node:timers/promises";
import { lsnDistance, parseLsn } from "../../../evidence/lsn";
import { DATABASE } from "../../../settings/names";
import { messageOf } from "../../../settings/user-error";
import { bounded } from "../bounded";
import { oneRow, type PostgresSession } from "../postgres";
import { DATABASE_QUERY, REPLAY_QUERY, SERVER_QUERY } from "./postgres-queries";

/** Longest that one database takes to be read, and the reading of one server as a whole, milliseconds. */
const DATABASE_MS = 8000;
const SERVER_MS = 25_000;
/** Tables that are looked into for rows, of one database. */
const LOOKED_INTO = 200;

/** A session of the server's own, in a database of one's choice. */
export type OpenDatabase = (database: string) => Promise<PostgresSession>;

/** A transaction of a client. */
export interface OpenTransaction {
  readonly pid: number;
  readonly user: string;
  readonly database: string;
  readonly state: string;
  readonly address: string;
  readonly seconds: number;
}

/** What one question tells of a server: see SERVER_QUERY. */
export interface ServerFacts {
  readonly version: string;
  readonly transactions: readonly OpenTransaction[];
  readonly deaf: readonly { pid: number; user: string; database: string; program: boolean }[];
  readonly prepared: readonly { gid: string; database: string }[];
  readonly senders: readonly { pid: number; name: string; user: string; address: string; slot: string | null }[];
  readonly slots: readonly {
    name: string;
    type: "physical" | "logical";
    active: boolean;
    wal: string | null;
    synced: boolean;
    kept: number | null;
  }[];
  readonly settings: Readonly<Record<string, { value: string | null; text: boolean }>>;
  /** Settings that wait for a restart, with what they will be then. */
  readonly pending: Readonly<Record<string, string | null>>;
  readonly tablespaces: readonly string[];
  readonly databases: readonly { name: string; connects: boolean; recorded: string | null; actual: string | null }[];
  /** Files of unlogged tables with rows in databases that take no session. */
  readonly shut: readonly string[];
  readonly access: readonly string[];
  /** Extensions that can be had there, `name version`. */
  readonly extensions: readonly string[];
  readonly archiving: { readonly failing: boolean };
  /** Null on a primary. */
  readonly replay: { readonly pause: string } | null;
}

/** What one database tells: see DATABASE_QUERY. */
export interface DatabaseFacts {
  /** On a primary those with rows; on a standby all of them, since what they held is not there. */
  readonly unlogged: readonly string[];
  readonly extensions: readonly string[];
  /** Whether it has background jobs of TimescaleDB. */
  readonly jobs: boolean;
  readonly collations: Readonly<Record<string, string | null>>;
}

/** WAL that a standby had received, and had not replayed when it had been watched for a while. */
export interface UnreplayedWal {
  /** Whether replay does not move at all. */
  readonly stands: boolean;
  readonly behindBytes: number;
  /** What the server says that its replay waits for; null for nothing. */
  readonly waits: string | null;
  /** Sessions that hold the lock it waits for, else those that read the oldest data. */
  readonly blockers: readonly number[];
}

/** What was read of one server. What could not be read is an Error's words. */
export interface PostgresReading {
  readonly host: string;
  readonly server: ServerFacts | string;
  readonly databases: ReadonlyMap<string, DatabaseFacts | string>;
  /** Null where everything was replayed. */
  readonly replay: UnreplayedWal | string | null;
}

/** A server of which nothing could be read, with the words of why. */
export function unreadPostgres(host: string, server: string): PostgresReading {
  return { host, server, databases: new Map(), replay: null };
}

/**
 * Reads one server and every database in it, with sessions of its own. Changes nothing; never throws.
 * @param replayMs of a standby: how long its replay may take to reach what has been received; null for a primary
 */
export async function readPostgres(
  host: string,
  open: OpenDatabase,
  replayMs: number | null,
): Promise<PostgresReading> {
  const standby = replayMs !== null;
  const until = performance.now() + SERVER_MS;
  const readServer = (): Promise<ServerFacts | string> =>
    inDatabase(open, DATABASE, async (sql) => (await oneRow<{ facts: ServerFacts }>(sql, SERVER_QUERY)).facts);
  const [server, replay] = await Promise.all([
    // A process that ends while it is looked at spoils the whole answer, once.
    readServer().then((read) => (typeof read === "string" ? readServer() : read)),
    standby ? inDatabase(open, DATABASE, (sql) => watchReplay(sql, replayMs)) : null,
  ]);
  const names =
    typeof server === "string" ? [] : server.databases.filter((one) => one.connects).map(({ name }) => name);
  const databases = new Map<string, DatabaseFacts | string>();
  // One session at a time: a server whose connections are used up has few left for its superuser.
  for (const name of names) {
    const inTime = performance.now() < until;
    const read = (): Promise<DatabaseFacts | string> => inDatabase(open, name, (sql) => readDatabase(sql, standby));
    databases.set(name, inTime ? await read() : `not within ${SERVER_MS / 1000} s`);
  }
  return { host, server, databases, replay };
}

/** Gives the words of what went wrong. */
async function inDatabase<T>(
  open: OpenDatabase,
  database: string,
  read: (sql: PostgresSession) => Promise<T>,
): Promise<T | string> {
  const opening = open(database);
  const work = async (): Promise<T> => {
    const sql = await opening;
    await sql.query(`set statement_timeout = '${DATABASE_MS / 2000}s'; set lock_timeout = '1s'`);
    return read(sql);
  };
  try {
    return await bounded(`database ${database}`, DATABASE_MS, work());
  } catch (error) {
    return messageOf(error);
  } finally {
    // Also a session that comes about after its time.
    void opening.then((sql) => sql.end()).catch(() => undefined);
  }
}

async function readDatabase(sql: PostgresSession, standby: boolean): Promise<DatabaseFacts> {
  type Unlogged = { readonly name: string; readonly kind: string; readonly bytes: number | null };
  const { facts } = await oneRow<{ facts: Omit<DatabaseFacts, "unlogged"> & { unlogged: readonly Unlogged[] } }>(
    sql,
    DATABASE_QUERY,
  );
  const relations = facts.unlogged.filter(({ kind }) => !standby || kind !== "S");
  const names = standby
    ? relations.map(({ name }) => name)
    : await withRows(
        sql,
        relations.filter(({ bytes }) => bytes !== 0),
      );
  return { ...facts, unlogged: names };
}

/** Which of these hold rows; what cannot be looked into, as a table that somebody has locked, is taken to hold some. */
async function withRows(
  sql: PostgresSession,
  relations: readonly { readonly name: string; readonly kind: string }[],
): Promise<readonly string[]> {
  if (relations.length === 0) return [];
  const asked = relations.slice(0, LOOKED_INTO);
  const columns = asked.map(
    ({ name, kind }, at) => `exists (select from only ${name}${kind === "S" ? " where is_called" : ""}) as r${at}`,
  );
  const found = await oneRow<Record<string, boolean>>(sql, `select ${columns.join(", ")}`).catch(() => null);
  return relations.filter((_one, at) => found?.[`r${at}`] !== false).map(({ name }) => name);
}

/** Without a move for half of the time, replay stands still. */
async function watchReplay(standby: PostgresSession, replayMs: number): Promise<UnreplayedWal | null> {
  type Replay = {
    received: string | null;
    replayed: string | null;
    waits: string | null;
    blockers: number[];
    readers: number[];
  };
  const read = (): Promise<Replay> => oneRow<Replay>(standby, REPLAY_QUERY);
  const first = await read();
  if (first.received === null || first.replayed === null) return null;
  const goal = parseLsn(first.received);
  const end = performance.now() + replayMs;
  let [stood, since] = [parseLsn(first.replayed), performance.now()];
  for (let last = first; ; last = await read()) {
    const at = parseLsn(last.replayed ?? first.replayed);
    if (at >= goal) return null;
    if (at > stood) [stood, since] = [at, performance.now()];
    if (performance.now() >= end) {
      return {
        stands: performance.now() - since >= replayMs / 2,
        behindBytes: Number(lsnDistance(at, goal)),
        waits: last.waits,
        blockers: last.blockers.length > 0 ? last.blockers : last.readers,
      };
    }
    await sleep(50);
  }
}
