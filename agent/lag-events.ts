import { DatabaseError, type Client } from "pg";
import { EVENTS_TABLE } from "../settings/names";
import type { JournalSight } from "./sight";

/** No more events than this are counted: what is behind is then at least as much. */
export const MOST_EVENTS = 10_000;

/** The role has no right to the journal yet, or there is no journal: then nothing is known of it. */
const UNKNOWN_CODES: readonly string[] = ["42501", "42P01", "3F000", "57014"];

async function orUnknown<Value>(reading: Promise<Value>): Promise<Value | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DatabaseError && UNKNOWN_CODES.includes(error.code ?? "")) return null;
    throw error;
  }
}

/** The newest event of the pair's own journal that a server shows; null when it cannot be read. */
export function newestEvent(client: Client): Promise<JournalSight | null> {
  const reading = async (): Promise<JournalSight | null> => {
    const { rows } = await client.query<{ newest: string | null; at: string }>(
      `select trunc(extract(epoch from max(written_at)) * 1000000)::text as newest,
              trunc(extract(epoch from clock_timestamp()) * 1000)::text as at from ${EVENTS_TABLE}`,
    );
    const [row] = rows;
    return row === undefined ? null : { newestUs: Number(row.newest ?? 0), atMs: Number(row.at) };
  };
  return orUnknown(reading());
}

/**
 * Events that a primary has and its standby did not show when it last looked. What was written after that look is not
 * counted: nobody knows whether the standby shows it.
 * @param shown what the standby showed, its moment by this host's clock
 */
export function eventsBehind(client: Client, shown: JournalSight): Promise<number | null> {
  const reading = async (): Promise<number | null> => {
    const { rows } = await client.query<{ behind: number }>(
      `select count(*)::int as behind from (select from ${EVENTS_TABLE}
        where written_at > 'epoch'::timestamptz + $1 * interval '1 microsecond'
          and written_at <= 'epoch'::timestamptz + $2 * interval '1 millisecond' limit ${MOST_EVENTS}) as more`,
      [shown.newestUs, shown.atMs],
    );
    return rows[0]?.behind ?? null;
  };
  return orUnknown(reading());
}
