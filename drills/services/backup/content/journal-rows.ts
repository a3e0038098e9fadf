import { EVENTS_TABLE } from "../../../../settings/names";
import type { Content } from "./content";

/** One text: the count of the journal's rows up to a time, a blank, and the sum of a hash of each. */
export function journalRowsQuery(untilMs: number): string {
  return `select count(*)::text || ' ' ||
    coalesce(sum(hashtextextended(concat_ws(' ', extract(epoch from written_at), run, seq), 0)), 0)::text as value
    from ${EVENTS_TABLE} where written_at <= to_timestamp(${(untilMs / 1000).toFixed(3)})`;
}

/** What the query gave. @throws Error when it is no such answer */
export function parseJournalRows(text: string): Content {
  const [, rows, sum] = /^(\d+) (-?\d+)$/.exec(text.trim()) ?? [];
  if (rows === undefined || sum === undefined) throw new Error(`not a count of the journal: ${text.slice(0, 100)}`);
  return { rows: Number(rows), "sum of the rows' hashes": sum };
}
