import { createHash } from "node:crypto";
import { parseInfo, type RedisSession } from "../../../hosts/redis";
import type { Content } from "./content";
import { EVENTS_STREAM, EVENTS_TABLE, PRUNED } from "../../../../settings/names";

/** Which part of the journal is compared, epoch milliseconds: what the running store has not pruned, up to a moment. */
export interface JournalPart {
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** One text: the count of the rows of a part of the journal, a blank, and the sum of a hash of each. */
export function journalRowsQuery({ sinceMs, untilMs }: JournalPart): string {
  return `select count(*)::text || ' ' ||
    coalesce(sum(hashtextextended(concat_ws(' ', extract(epoch from written_at), run, seq), 0)), 0)::text as value
    from ${EVENTS_TABLE} where written_at <= to_timestamp(${(untilMs / 1000).toFixed(3)})
     and written_at >= to_timestamp(${(sinceMs / 1000).toFixed(3)}) and run <> '${PRUNED}'`;
}

/** What the query gave. @throws Error when it is no such answer */
export function parseJournalRows(text: string): Content {
  const [, rows, sum] = /^(\d+) (-?\d+)$/.exec(text.trim()) ?? [];
  if (rows === undefined || sum === undefined) throw new Error(`not a count of the journal: ${text.slice(0, 100)}`);
  return { rows: Number(rows), "sum of the rows' hashes": sum };
}

const PAGE = 5000;

/** Entries of a part of the journal stream, read in pages: their count, and a digest of ids and fields in order. */
export async function journalEntries(
  { command }: Pick<RedisSession, "command">,
  { sinceMs, untilMs }: JournalPart,
): Promise<Content> {
  const hash = createHash("sha256");
  let entries = 0;
  for (let from = String(sinceMs); ;) {
    const page = (await command("XRANGE", EVENTS_STREAM, from, String(untilMs), "COUNT", String(PAGE))) as [
      string,
      unknown,
    ][];
    for (const entry of page) hash.update(JSON.stringify(entry));
    entries += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE)
      return { "journal entries": entries, "sha256 of journal entries": hash.digest("hex") };
    from = `(${last[0]}`;
  }
}

/** Keys of every database that do not expire, as INFO counts them. */
export function lastingKeys(keyspace: string): number {
  return [...parseInfo(keyspace)].reduce((sum, [name, value]) => {
    const [, keys, expires] = /^keys=(\d+),expires=(\d+)/.exec(value) ?? [];
    return name.startsWith("db") ? sum + Number(keys ?? 0) - Number(expires ?? 0) : sum;
  }, 0);
}
