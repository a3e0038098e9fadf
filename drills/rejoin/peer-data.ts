import { identify, oneRow, type PostgresSession } from "../hosts/postgres";
import { parseLsn, type Lsn } from "../../evidence/lsn";
import { parseHistory, type Lineage } from "./timeline-history";

/** What the primary says of itself, as far as a returning host has to know. */
export interface PeerData {
  readonly systemIdentifier: string;
  /** Null when its timeline's history cannot be read. */
  readonly lineage: Lineage | null;
  readonly position: Lsn;
  /** The oldest WAL segment it still has, as `segmentOf` names them; null when it cannot be told. */
  readonly oldestSegment: string | null;
  /** The slot of the returning host: `lost` when the WAL it asked for is gone. */
  readonly slot: "absent" | "usable" | "lost";
}

/** Reads the primary over a superuser session; changes nothing. */
export async function readPeerData(primary: PostgresSession, slot: string): Promise<PeerData> {
  const { systemIdentifier, timeline } = await identify(primary);
  const name = `pg_wal/${timeline.toString(16).toUpperCase().padStart(8, "0")}.history`;
  const row = await oneRow<{ history: string | null; position: string; oldest: string | null; slot: string | null }>(
    primary,
    `select pg_read_file($1, 0, 1048576, true) as history, pg_current_wal_lsn()::text as position,
            (select min(substr(name, 9)) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') as oldest,
            (select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = $2) as slot`,
    [name, slot],
  );
  return {
    systemIdentifier,
    lineage: row.history === null && timeline > 1 ? null : { past: parseHistory(row.history ?? ""), timeline },
    position: parseLsn(row.position),
    oldestSegment: row.oldest,
    slot: row.slot === null ? "absent" : row.slot === "lost" ? "lost" : "usable",
  };
}
