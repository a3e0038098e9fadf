import { pollUntil } from "./bounded";
import { ONE_AND_THE_SAME } from "../../settings/own-roles";
import { callOwn } from "./own-functions";
import type { PostgresSession } from "./postgres";

/** A session that a stop has to end, as `pg_stat_activity` has it. Its query is left out: it may hold secrets. */
export interface ClientSession {
  readonly pid: number;
  /** `client backend` or `walsender`. */
  readonly kind: string;
  readonly user: string | null;
  readonly database: string | null;
  readonly application: string;
  readonly state: string | null;
  /** What it waits for, as `TYPE/EVENT`; null when it works, or waits for something outside the server. */
  readonly waitsFor: string | null;
}

/** What came of ending them. */
export interface EndedSessions {
  /** How many were told to end. */
  readonly told: number;
  /** Those that were still there when the time was up. */
  readonly left: readonly ClientSession[];
}

const FIELDS = `a.pid, a.backend_type as kind, a.usename::text as user, a.datname::text as database,
   a.application_name as application, a.state, a.wait_event_type || '/' || a.wait_event as "waitsFor"`;

/** Which sessions are ended: every one, or those that did not come through a door. */
export type WhichSessions = "all" | "past doors";

/**
 * Ends sessions while the server runs on, never this one nor the standby's: whoever reconnects is served at once. All are
 * told together, and it is over when the last of them is gone.
 * @param standbySlot the slot through which the standby streams
 * @param withinMs how long they are waited for, milliseconds
 */
export async function endClientSessions(
  sql: PostgresSession,
  standbySlot: string,
  withinMs: number,
  which: WhichSessions = "all",
): Promise<EndedSessions> {
  const sessions = await callOwn(sql, which === "all" ? "end_sessions" : "end_sessions_past_doors", standbySlot);
  if (sessions.length === 0) return { told: 0, left: [] };
  const { reading } = await pollUntil(
    async () => {
      const { rows } = await sql.query<ClientSession>(
        `select ${FIELDS} from pg_stat_activity a where ${ONE_AND_THE_SAME} = any($1) order by a.backend_start`,
        [sessions],
      );
      return rows;
    },
    (left) => left.length === 0,
    { deadlineMs: withinMs, pauseMs: 2 },
  );
  return { told: sessions.length, left: reading };
}

/** One session in words, such as `pid 4711 (orders@shop, psql, active)`. */
export function sessionWords({ pid, kind, user, database, application, state, waitsFor }: ClientSession): string {
  const who = [user, database].filter((one) => one !== null).join("@");
  const what = [who, application, kind === "walsender" ? kind : "", state, waitsFor && `waits for ${waitsFor}`];
  return `pid ${pid} (${what.filter(Boolean).join(", ")})`;
}
