import type { ClientLoad } from "../../../evidence/client-loads";
import { countIn, countInBoth, toSeqRanges, type SeqRange } from "../../../evidence/seq-ranges";

/** A load's statements are numbered from 1 in the order in which they were begun. */
export function answeredNumbers({ end }: ClientLoad["samples"]): readonly number[] {
  return end.flatMap((one, at) => (one === "a" ? [at + 1] : []));
}

/** What a store has of what its clients were told was done. Null is "could not be read back". */
export interface CountedEvents {
  readonly acknowledged: number;
  readonly lost: number | null;
  readonly duplicated: number | null;
  /** There without an answer to whoever had sent it: it may be, and is no error of the store's. */
  readonly unacknowledged: number | null;
}

/** What the journal has of one client of one pgbench, as SQL counts it. Its numbers begin at 1 and have no holes. */
export interface JournalCount {
  readonly run: number;
  readonly client: number;
  readonly rows: number;
  readonly numbers: number;
  readonly last: number;
}

/** Counts a journal of numbered rows, by run and client. */
export const JOURNAL_COUNT = (table: string): string =>
  `select run, client, count(*)::int as rows, count(distinct n)::int as numbers, max(n)::int as last
     from ${table} where run = any($1::int[]) group by run, client`;

/** Adds up what two loads of one store counted; what is unknown of one is unknown of both. */
export function addEvents(ones: readonly CountedEvents[]): CountedEvents {
  const sum = (of: (one: CountedEvents) => number | null): number | null =>
    ones.reduce<number | null>((all, one) => {
      const value = of(one);
      return all === null || value === null ? null : all + value;
    }, 0);
  return {
    acknowledged: ones.reduce((all, one) => all + one.acknowledged, 0),
    lost: sum((one) => one.lost),
    duplicated: sum((one) => one.duplicated),
    unacknowledged: sum((one) => one.unacknowledged),
  };
}

/**
 * Compares a journal with what the clients of one run were answered: client `c` was answered its numbers 1 to `answered[c]`.
 * @param rows the whole journal's counts, of other runs too; null when it could not be read
 */
export function countJournal(
  run: number,
  answered: ReadonlyMap<number, number>,
  rows: readonly JournalCount[] | null,
): CountedEvents {
  const acknowledged = [...answered.values()].reduce((sum, one) => sum + one, 0);
  if (rows === null) return { acknowledged, lost: null, duplicated: null, unacknowledged: null };
  const own = rows.filter((one) => one.run === run);
  let [lost, unacknowledged] = [0, 0];
  for (const client of new Set([...answered.keys(), ...own.map((one) => one.client)])) {
    const known = answered.get(client) ?? 0;
    const { numbers = 0, last = 0 } = own.find((one) => one.client === client) ?? {};
    const beyond = Math.min(numbers, Math.max(0, last - known));
    unacknowledged += beyond;
    lost += known - (numbers - beyond);
  }
  const duplicated = own.reduce((sum, one) => sum + one.rows - one.numbers, 0);
  return { acknowledged, lost, duplicated, unacknowledged };
}

/** The same of a journal of which every number was read back. @param found null when it could not be read */
export function countNumbers(
  answered: readonly number[],
  found: { readonly found: readonly SeqRange[]; readonly duplicatedSeqs: readonly number[] } | null,
): CountedEvents {
  const known = toSeqRanges(answered);
  const acknowledged = countIn(known);
  if (found === null) return { acknowledged, lost: null, duplicated: null, unacknowledged: null };
  const both = countInBoth(known, found.found);
  return {
    acknowledged,
    lost: acknowledged - both,
    duplicated: found.duplicatedSeqs.length,
    unacknowledged: countIn(found.found) - both,
  };
}
