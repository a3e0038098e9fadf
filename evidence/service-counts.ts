import { SERVICES, type StoreName } from "../settings/services";
import type { ServiceCount } from "./continuity";
import type { ProbeEvidence } from "./document";
import { countIn, countInBoth, isIn, toSeqRanges } from "./seq-ranges";

/** What was read back of one kind of numbered thing: each number as often as it was found. Undefined: could not be read. */
export type ReadBack = readonly number[] | undefined;

/** Counts what was found of what was written. Pure; what could not be read is null, never zero. */
export function countService(unit: string, what: string, written: Iterable<number>, back: ReadBack): ServiceCount {
  const ranges = toSeqRanges(written);
  // One more may be there whose acknowledgement never came: it was not promised, so it is no part of the count.
  const promised = back?.filter((number) => isIn(ranges, number));
  const found = promised === undefined ? null : toSeqRanges(promised);
  const numbers = { written: ranges, found, duplicated: repeated(promised) };
  return { unit, what, numbers, counts: countsOf(numbers) };
}

function repeated(back: ReadBack): number[] | null {
  if (back === undefined) return null;
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const number of back) (seen.has(number) ? twice : seen).add(number);
  return [...twice].sort((left, right) => left - right);
}

/** The counts that the numbers behind them give. */
export function countsOf({ written, found, duplicated }: NonNullable<ServiceCount["numbers"]>): ServiceCount["counts"] {
  const total = countIn(written);
  if (found === null) return { written: total, found: null, missing: null, duplicated: null };
  const present = countInBoth(written, found);
  return { written: total, found: present, missing: total - present, duplicated: duplicated?.length ?? null };
}

/** The probe's count of a store, in the words of this section; the numbers behind it are in the probe's own. */
export function storeCount(probe: ProbeEvidence, store: StoreName): ServiceCount {
  const { acknowledged: written, lost: missing, duplicated } = probe[store].counts;
  const found = missing === null ? null : written - missing;
  const [unit] = SERVICES[store].promise.units;
  return { unit, what: "the probe's events", counts: { written, found, missing, duplicated }, numbers: null };
}
