import type { Check } from "../../evidence/document";
import type { ClientsSection } from "../../settings/clients-section";
import { THROUGH_A_DOOR } from "../../settings/own-roles";
import { STORE_NAMES } from "../../settings/services";
import type { Doors } from "./doors";
import type { PostgresSession } from "./postgres";

/** A session of a client, as far as it matters to a door. Its query is left out: it may hold secrets. */
export interface DoorSession {
  readonly pid: number;
  readonly user: string | null;
  readonly application: string;
  /** Whether it came through a door. */
  readonly through: boolean;
  /** How long its transaction is open, seconds; null where it has none. */
  readonly openSeconds: number | null;
}

/** The sessions of clients that a held door does not simply hold. */
export interface DoorSessions {
  /** Through a door, with a transaction that is open for longer than the bound. */
  readonly long: readonly DoorSession[];
  /** Past the doors. */
  readonly direct: readonly DoorSession[];
}

/** Ours come past the doors too, and look after themselves. */
const SESSIONS = `select a.pid, a.usename::text as user, a.application_name as application,
    coalesce(${THROUGH_A_DOOR}, false) as through,
    extract(epoch from clock_timestamp() - a.xact_start)::float8 as "openSeconds"
  from pg_stat_activity a left join pg_stat_ssl s using (pid)
 where a.backend_type = 'client backend' and a.pid <> pg_backend_pid() and a.usename not like 'understudy\\_%'
   and a.client_addr is not null
 order by a.backend_start`;

/** Reads them on the primary. */
export async function doorSessions(sql: PostgresSession, boundSeconds: number): Promise<DoorSessions> {
  const { rows } = await sql.query<DoorSession>(SESSIONS);
  return {
    long: rows.filter(({ through, openSeconds }) => through && (openSeconds ?? 0) > boundSeconds),
    direct: rows.filter(({ through }) => !through),
  };
}

function words(sessions: readonly DoorSession[]): string {
  const shown = sessions
    .slice(0, 5)
    .map(({ pid, user, application }) => `pid ${String(pid)} (${[user, application].filter(Boolean).join(", ")})`);
  return [String(sessions.length), ...(shown.length > 0 ? [shown.join(", ")] : [])].join(": ");
}

/** What `precheck` and the dry run say of the doors: where they lead, and whom they would not simply hold. Pure. */
export function doorChecks(
  { long, direct }: DoorSessions,
  leads: Awaited<ReturnType<Doors["leads"]>>,
  from: string,
  { long_transactions: onLong, direct_sessions: onDirect }: ClientsSection,
): readonly Check[] {
  return [
    ...Object.entries(leads).flatMap(([host, stores]) =>
      STORE_NAMES.map((store): Check => {
        const measured = stores[store].join(", ");
        return { name: `the door of ${store} leads to`, host, measured, limit: from, ok: measured === from };
      }),
    ),
    {
      name: `long transactions through the doors (${onLong})`,
      host: from,
      measured: words(long),
      limit: onLong === "refuse" ? "0" : null,
      ok: onLong !== "refuse" || long.length === 0,
    },
    {
      name: `sessions past the doors (${onDirect})`,
      host: from,
      measured: words(direct),
      limit: onDirect === "refuse" ? "0" : null,
      ok: onDirect !== "refuse" || direct.length === 0,
    },
  ];
}
