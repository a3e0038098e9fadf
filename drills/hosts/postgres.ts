import { Client, DatabaseError } from "pg";
import { ARCHIVE_SLOT, DATABASE, EVENTS_TABLE, SUPERUSER } from "../../settings/names";
import { callOwn } from "./own-functions";
import { parseLsn, type Lsn } from "../../evidence/lsn";
import type { ClientCertificate } from "../../settings/certificates/clients";
import { messageOf } from "../../settings/user-error";
import { PlainOnly, tlsOptions, type SessionTls, type Ways } from "./postgres-encryption";
import { connectAndHear } from "./postgres-opening";
import { isInvalidPassword, sessionConfig, type OwnLogin } from "./postgres-session";

/** What the driver says of a query that has not been answered in time; it has no code for it. */
export const READ_TIMEOUT = "Query read timeout";

/**
 * An open session of ours; errors on the idle connection are kept quiet, the next query reports them. A server that has
 * let a query wait for a minute is asked nothing more: every later query fails at once.
 */
export type PostgresSession = Client;

/** Whom a session logs in as, and where. */
export interface PostgresTarget {
  readonly address: string;
  readonly port: number;
  /** @default the superuser, whom a server lets in over the network only where that was asked for, or before it has roles */
  readonly user?: string;
  readonly password: string;
  /** How it encrypts; without it the session is plain. */
  readonly tls?: SessionTls | undefined;
}

/**
 * Opens a session. The bound is ours and not the driver's, whose own would take a busy process for a silent server.
 * @throws Error of the driver when the server refuses; TimeUp when it is silent for 3 s
 */
export async function connectPostgres(target: PostgresTarget, database: string = DATABASE): Promise<PostgresSession> {
  const client = new Client({
    host: target.address,
    port: target.port,
    user: target.user ?? SUPERUSER,
    password: target.password,
    database,
    ...sessionConfig("understudy-drill"),
    query_timeout: 60_000,
    ssl: target.tls ? tlsOptions(target.tls, target.address) : false,
  });
  client.on("error", () => undefined);
  await connectAndHear(client, target);
  return givenUpWhenSilent(client);
}

/** SQLSTATEs of a server that does not let a role in: a password that is not its own, and no rule that lets it in. */
const NOT_LET_IN = new Set(["28P01", "28000"]);

/**
 * Opens a session of one of our roles or, where the data do not have it yet, of the superuser, as before there were roles.
 * A server that has them lets no superuser in. While the role's password is exchanged the server takes it or the former one.
 * @throws Error as `connectPostgres`: of the first attempt, unless the server took the second login and had another reason
 */
export async function connectOwnRole(
  target: PostgresTarget & OwnLogin,
  superuserPassword: string,
): Promise<PostgresSession> {
  const { former } = target;
  try {
    return await connectPostgres(target).catch((error: unknown) => {
      if (former === undefined || !isInvalidPassword(error)) throw error;
      return connectPostgres({ ...target, password: former });
    });
  } catch (error) {
    if (!NOT_LET_IN.has(codeOf(error))) throw error;
    const { address, port, tls } = target;
    return connectPostgres({ address, port, password: superuserPassword, tls }).catch((second: unknown) => {
      const letIn = second instanceof DatabaseError && !NOT_LET_IN.has(second.code ?? "");
      throw letIn ? second : error;
    });
  }
}

/**
 * Opens a session by the first way that the server takes. Plain after encrypted only where the host itself says that its
 * server does not encrypt yet; encrypted after plain where the server lets nobody in plain.
 * @throws Error of the first way, unless another one came further
 */
export async function connectBy(
  ways: Ways,
  connect: (tls: ClientCertificate | undefined) => Promise<PostgresSession>,
  isPlain: () => Promise<boolean>,
): Promise<PostgresSession> {
  const [first, second] = ways;
  try {
    return await connect(first);
  } catch (error) {
    if (ways.length < 2) throw error;
    const another =
      first === undefined ? NOT_LET_IN.has(codeOf(error)) : error instanceof PlainOnly && (await isPlain());
    if (!another) throw error;
    return connect(second).catch((then: unknown) => {
      throw first === undefined ? error : then;
    });
  }
}

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "";
}

function givenUpWhenSilent(client: Client): PostgresSession {
  const query = client.query.bind(client) as (...words: unknown[]) => Promise<unknown>;
  client.query = (async (...words: unknown[]) => {
    try {
      return await query(...words);
    } catch (error) {
      if (messageOf(error) === READ_TIMEOUT) void client.end();
      throw error;
    }
  }) as typeof client.query;
  return client;
}

/** The only row of a query that always gives one. */
export async function oneRow<T extends object>(
  session: PostgresSession,
  sql: string,
  values: unknown[] = [],
): Promise<T> {
  const { rows } = await session.query<T>(sql, values);
  const row = rows[0];
  if (row === undefined) throw new Error(`no row: ${sql}`);
  return row;
}

/** Who a PostgreSQL server is and what it is now, in its own words. */
export interface PostgresIdentity {
  readonly inRecovery: boolean;
  readonly systemIdentifier: string;
  /** Of the WAL being written (primary) or received (standby). */
  readonly timeline: number;
  readonly version: string;
  readonly checksums: boolean;
}

/** Who this server is and what it is now, as it says itself. */
export async function identify(session: PostgresSession): Promise<PostgresIdentity> {
  const row = await oneRow<{ recovery: boolean; system: string; timeline: number; version: string; checksums: string }>(
    session,
    `select pg_is_in_recovery() as recovery,
            (select system_identifier::text from pg_control_system()) as system,
            case when pg_is_in_recovery()
                 then coalesce((select received_tli from pg_stat_wal_receiver), (select timeline_id from pg_control_checkpoint()))
                 else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
            current_setting('server_version') as version, current_setting('data_checksums') as checksums`,
  );
  return {
    inRecovery: row.recovery,
    systemIdentifier: row.system,
    timeline: row.timeline,
    version: row.version,
    checksums: row.checksums === "on",
  };
}

/**
 * The newest timeline a standby knows of, by its files: what it says of itself may be older, since its last checkpoint
 * may be, and its receiver is gone when its primary is.
 */
export async function newestTimeline(standby: PostgresSession): Promise<number> {
  const { newest } = await oneRow<{ newest: number }>(
    standby,
    `select greatest(max(('x' || left(name, 8))::bit(32)::int), (select timeline_id from pg_control_checkpoint())) as newest
       from pg_ls_waldir() where name ~ '^[0-9A-F]{8}([0-9A-F]{16}|[.]history)$'`,
  );
  return newest;
}

/** What the standby has received and replayed; null before it has any. */
export async function walPositions(standby: PostgresSession): Promise<{ received: Lsn | null; replayed: Lsn | null }> {
  const row = await oneRow<{ received: string | null; replayed: string | null }>(
    standby,
    "select pg_last_wal_receive_lsn()::text as received, pg_last_wal_replay_lsn()::text as replayed",
  );
  return {
    received: row.received === null ? null : parseLsn(row.received),
    replayed: row.replayed === null ? null : parseLsn(row.replayed),
  };
}

/** How a standby streams, as its primary sees it. Lag counts from the primary's own position: bytes, seconds. */
export interface Streaming {
  readonly state: string;
  readonly receiveLagBytes: number;
  readonly replayLagBytes: number;
  readonly replayLagSeconds: number;
}

/** How the standby that uses `slot` streams, as its primary sees it; null when it does not. */
export async function streamingTo(primary: PostgresSession, slot: string): Promise<Streaming | null> {
  const { rows } = await primary.query<{ state: string; receive: string; replay: string; seconds: string | null }>(
    `select r.state, pg_wal_lsn_diff(pg_current_wal_lsn(), r.flush_lsn) as receive,
            pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn) as replay, extract(epoch from r.replay_lag) as seconds
       from pg_stat_replication r join pg_replication_slots s on s.active_pid = r.pid where s.slot_name = $1
        and r.application_name <> 'pg_basebackup'`,
    [slot],
  );
  const row = rows[0];
  return row === undefined
    ? null
    : {
        state: row.state,
        receiveLagBytes: Math.max(0, Number(row.receive)),
        replayLagBytes: Math.max(0, Number(row.replay)),
        replayLagSeconds: Number(row.seconds ?? 0),
      };
}

/**
 * Journal rows that the primary has and the standby does not show yet. A row with a time in the future, of a clock that was
 * wrong, hides none that was written after it: such rows are compared by their number alone.
 */
export async function eventsBehind(primary: PostgresSession, standby: PostgresSession): Promise<number> {
  const { now } = await oneRow<{ now: string }>(primary, "select clock_timestamp()::text as now");
  const later = `(select count(*) from ${EVENTS_TABLE} where written_at > $1::timestamptz) as later`;
  const shown = await oneRow<{ newest: string | null; later: string }>(
    standby,
    `select (select max(written_at) from ${EVENTS_TABLE} where written_at <= $1::timestamptz)::text as newest, ${later}`,
    [now],
  );
  const written = await oneRow<{ behind: string; later: string }>(
    primary,
    `select (select count(*) from ${EVENTS_TABLE} where written_at <= $1::timestamptz
                and written_at > coalesce($2::timestamptz, '-infinity')) as behind, ${later}`,
    [now, shown.newest],
  );
  return Number(written.behind) + Math.max(0, Number(written.later) - Number(shown.later));
}

/** Creates a physical slot that keeps WAL from now on; also possible on a standby. Does nothing when it is there. */
export async function ensureSlot(session: PostgresSession, slot: string): Promise<void> {
  await callOwn(session, "make_slot", slot);
}

/**
 * Ends the session through which the backup container receives this server's write-ahead log; it comes back within
 * seconds and goes on where it stood. A stop waits for every receiver, and must not wait for this one.
 */
export async function closeArchive(session: PostgresSession): Promise<void> {
  await callOwn(session, "end_archive", ARCHIVE_SLOT);
}

/** Drops a slot that nobody uses; a slot in use, or none, is left alone. */
export async function dropIdleSlot(session: PostgresSession, slot: string): Promise<void> {
  await callOwn(session, "drop_idle_slot", slot);
}

/** Drops a slot that a standby kept for its primary and nobody uses; one of a server that has been promoted is left alone. */
export async function dropSlotOfStandby(session: PostgresSession, slot: string): Promise<void> {
  await callOwn(session, "drop_slot_of_standby", slot);
}

/** The history file of a timeline, in its own words; null where there is none. */
export async function timelineHistory(session: PostgresSession, timeline: number): Promise<string | null> {
  const [content] = await callOwn(session, "timeline_history", timeline);
  return content ?? null;
}

/** Where the newest timeline branched off, as the server's own history file says. */
export async function switchPoint(session: PostgresSession, timeline: number): Promise<string> {
  return parseSwitchPoint((await timelineHistory(session, timeline)) ?? "", timeline - 1);
}

/** The LSN at which `parent` ended, from the text of a `.history` file. @throws Error when the parent is not its last line */
export function parseSwitchPoint(history: string, parent: number): string {
  const last = history
    .split("\n")
    .filter((line) => /^\d+\s/.test(line))
    .at(-1);
  const [timeline, lsn] = (last ?? "").split(/\s+/);
  if (Number(timeline) !== parent || lsn === undefined) {
    throw new Error(`the timeline history does not end with timeline ${parent}: ${JSON.stringify(last ?? "")}`);
  }
  return lsn;
}
