import { readFileSync } from "node:fs";
import { checkServerIdentity, type ConnectionOptions } from "node:tls";
import { Client, DatabaseError } from "pg";
import type { AgentConfig } from "../settings/agent-config";
import { DATABASE, EVENTS_TABLE } from "../settings/names";
import { eventsBehind, newestEvent } from "./lag-events";
import type { Asked, JournalSight, PostgresSight, SlotSight } from "./sight";
import { passwordsOf } from "./passwords";

/** How long a server may take for a connection, or for an answer, milliseconds. */
const BOUND_MS = 1500;
/** Turns from one look into the folder of the log to the next: it may hold thousands of files. */
const WAL_FOLDER_TURNS = 15;

/** The lock that a drill holds for as long as it is at work, see `drills/hosts/drill-lock.ts`. */
const DRILL_LOCK = 7_340_197;

const LOOK = `
with here as materialized (select pg_is_in_recovery() as standby),
     own as (select here.standby, c.timeline_id, c.redo_lsn, c.checkpoint_time,
               case when not here.standby then pg_current_wal_lsn()
                    else pg_last_wal_replay_lsn() end as position
               from here, pg_control_checkpoint() c),
     receiver as (select status, received_tli from pg_stat_wal_receiver)
select standby, position - '0/0'::pg_lsn as position,
       case when standby then coalesce((select received_tli from receiver), timeline_id)
            else ('x' || substr(pg_walfile_name(position), 1, 8))::bit(32)::int end as timeline,
       (select system_identifier::text from pg_control_system()) as history,
       coalesce((select status from receiver), 'none') = 'streaming' as receives,
       current_setting('default_transaction_read_only') = 'off' as writable,
       extract(epoch from checkpoint_time) as checkpoint_at,
       (select setting::float8 from pg_settings where name = 'checkpoint_timeout') as checkpoint_timeout,
       case when not standby then position - redo_lsn end as wal_since,
       (select sum(setting::float8) * 1024 * 1024 from pg_settings where name in ('max_wal_size', 'wal_keep_size')) as wal_wanted,
       (select count(*) from pg_stat_activity where backend_type = 'client backend') as connections,
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections_max,
       exists (select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
                 and (classid::bigint << 32 | objid::bigint) = ${DRILL_LOCK}) as drill_lock,
       coalesce((select has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')
                   from pg_class c join pg_namespace n on n.oid = c.relnamespace
                  where n.nspname || '.' || c.relname = '${EVENTS_TABLE}'), false) as reads_journal,
       (select coalesce(json_agg(json_build_object(
            'name', slot_name, 'active', active, 'status', wal_status, 'safe', safe_wal_size,
            'retained', case when not standby then position - restart_lsn end)), '[]')
          from pg_replication_slots) as slots
  from own`;

interface Row {
  readonly standby: boolean;
  readonly slots: readonly {
    readonly name: string;
    readonly active: boolean;
    readonly status: string | null;
    readonly safe: number | null;
    readonly retained: number | null;
  }[];
  readonly drill_lock: boolean;
  readonly reads_journal: boolean;
  readonly history: string | null;
  readonly receives: boolean;
  readonly writable: boolean | null;
  readonly [column: string]: unknown;
}

/** A number as the driver tells it; null is null. */
function numberOf(value: unknown): number | null {
  const number = value === null || value === undefined ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : null;
}

/**
 * Asks this host's PostgreSQL what it is, over one session that is kept. A session that ends, or is silent for too long, is
 * given up, and the next turn opens another one.
 */
export class PostgresWatch {
  #client: Client | undefined;
  #turn = 0;
  #walBytes: number | null = null;
  /** How the last turn went; `silent` at once when the session ends. */
  asked: Asked<PostgresSight> | null = null;

  constructor(private readonly config: Pick<AgentConfig, "stores" | "host" | "files">) {}

  /**
   * One turn. Never fails: what went wrong is in `asked`.
   * @param encrypts whether the server does; null: nobody knows
   * @param shown what the standby last showed of the journal, its moment by this host's clock; null: nobody knows
   */
  async turn(encrypts: boolean | null, shown: JournalSight | null = null): Promise<void> {
    try {
      const client = this.#client ?? (await this.#open(encrypts));
      const [row] = (await client.query<Row>(LOOK)).rows;
      if (row === undefined) throw new Error("no row");
      if (this.#turn % WAL_FOLDER_TURNS === 0) await this.#measureLog(client);
      this.#turn += 1;
      const journal = row.standby && row.reads_journal ? await newestEvent(client) : null;
      const counts = !row.standby && row.reads_journal && shown !== null;
      const behind = counts ? await eventsBehind(client, shown) : null;
      this.asked = { kind: "said", sight: { ...this.#sight(row), journal, eventsBehind: behind }, atMs: Date.now() };
    } catch (error) {
      this.#giveUp();
      const code = (error as { code?: string }).code ?? "TIMEOUT";
      this.asked = { kind: error instanceof DatabaseError ? "refused" : "silent", code, atMs: Date.now() };
    }
  }

  /** Ends the session. */
  close(): void {
    this.#giveUp();
  }

  async #measureLog(client: Client): Promise<void> {
    const { rows } = await client.query<{ bytes: unknown }>("select sum(size) as bytes from pg_ls_waldir()");
    this.#walBytes = numberOf(rows[0]?.bytes);
  }

  #sight(row: Row): Omit<PostgresSight, "journal" | "eventsBehind"> {
    return {
      role: row.standby ? "standby" : "primary",
      writable: row.standby ? false : row.writable,
      position: numberOf(row["position"]),
      timeline: numberOf(row["timeline"]),
      history: row.history,
      receives: row.standby ? row.receives : null,
      connections: numberOf(row["connections"]),
      connectionsMax: numberOf(row["connections_max"]),
      checkpointAt: numberOf(row["checkpoint_at"]),
      checkpointTimeoutSeconds: numberOf(row["checkpoint_timeout"]),
      walSinceCheckpoint: numberOf(row["wal_since"]),
      walBytes: this.#walBytes,
      walWantedBytes: numberOf(row["wal_wanted"]),
      drillLock: row.drill_lock,
      slots: row.slots.map((slot): SlotSight => ({
        ...{ name: slot.name, active: slot.active, walStatus: slot.status },
        ...{ safeBytes: numberOf(slot.safe), retainedBytes: numberOf(slot.retained) },
      })),
    };
  }

  async #open(encrypts: boolean | null): Promise<Client> {
    const [now = "", former] = passwordsOf(this.config.files, "postgres");
    return this.#openWith(now, encrypts).catch((error: unknown) => {
      if (former === undefined || (error as { code?: unknown }).code !== INVALID_PASSWORD) throw error;
      return this.#openWith(former, encrypts);
    });
  }

  async #openWith(password: string, encrypts: boolean | null): Promise<Client> {
    const { address, port, encrypts: ours } = this.config.stores.timescaledb;
    const client = new Client({
      ...{ host: address, port, database: DATABASE, user: "understudy_agent", keepAlive: true },
      password,
      application_name: "understudy-host-agent",
      options: "-c search_path=pg_catalog -c timezone=UTC -c statement_timeout=1500",
      ...{ connectionTimeoutMillis: BOUND_MS, query_timeout: BOUND_MS },
      ...(ours && encrypts === true ? { ssl: this.#tls() } : {}),
    });
    // A server that ends says so at once, between two turns as well.
    client.on("error", (error: Error & { code?: string }) => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.asked = { kind: "silent", code: error.code ?? "ENDED", atMs: Date.now() };
    });
    client.on("end", () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      this.asked = { kind: "silent", code: "ENDED", atMs: Date.now() };
    });
    try {
      await client.connect();
    } catch (error) {
      destroy(client);
      throw error;
    }
    this.#client = client;
    this.#turn = 0;
    return client;
  }

  /** The server's certificate stands for its host; the driver would compare it with the container's name. */
  #tls(): ConnectionOptions {
    return {
      ca: readFileSync(`${this.config.files}/ca.crt`, "utf8"),
      minVersion: "TLSv1.2",
      checkServerIdentity: (_asked, certificate) => checkServerIdentity(this.config.host, certificate),
    };
  }

  #giveUp(): void {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) destroy(client);
  }
}

/** SQLSTATE of a server that does not take the password. */
const INVALID_PASSWORD = "28P01";

/** Ends a session without waiting for a server that may be frozen. */
function destroy(client: Client): void {
  client.on("error", () => undefined);
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}
