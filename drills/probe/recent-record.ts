import type { ProbeSamples, ProbeStoreEvidence } from "../../evidence/document";
import { isIn } from "../../evidence/seq-ranges";

/** What one store's figures are computed from. */
type StoreRecord = Pick<ProbeStoreEvidence, "samples" | "found" | "duplicatedSeqs">;

/** How much of the record before the failure, or before the adoption, is evidence in any case. */
export const RECORD_BEFORE_MS = 10_000;

/**
 * From when on a standing probe's record of one store is evidence: some seconds before the last acknowledgement by any
 * endpoint but the new primary, and before the adoption.
 * @param newPrimary index of the new primary's endpoint
 */
export function recordFromMs(samples: ProbeSamples, newPrimary: number, adoptedAtMs: number): number {
  const last = samples.outcome.findLastIndex(
    (outcome, index) => outcome === "a" && samples.endpoint[index] !== newPrimary,
  );
  return Math.min(samples.endMs[last] ?? Infinity, adoptedAtMs) - RECORD_BEFORE_MS;
}

/**
 * The part of a record that a drill needs: everything from `fromMs` on, and from the first event on that was lost,
 * repeated or found without having been written, however old it is. What is left out is known to have come through.
 */
export function recentRecord(record: StoreRecord, fromMs: number): StoreRecord {
  const { samples } = record;
  const start = firstNeeded(record, firstAttemptAt(samples, fromMs));
  const [first, next] = [samples.seq[0], samples.seq[start]];
  if (start === 0 || first === undefined || next === undefined) return record;
  return {
    samples: {
      seq: samples.seq.slice(start),
      invokeMs: samples.invokeMs.slice(start),
      endMs: samples.endMs.slice(start),
      outcome: samples.outcome.slice(start),
      endpoint: samples.endpoint.slice(start),
    },
    found: record.found && without(record.found, first, next - 1),
    duplicatedSeqs: record.duplicatedSeqs,
  };
}

/** Index of the first attempt of the event that was being written at `fromMs`. */
function firstAttemptAt(samples: ProbeSamples, fromMs: number): number {
  let index = samples.invokeMs.findIndex((invoke) => invoke >= fromMs);
  if (index < 0) index = samples.seq.length;
  while (index > 0 && (index === samples.seq.length || samples.seq[index - 1] === samples.seq[index])) index -= 1;
  return index;
}

/** Index of the first event before `limit` that did not come through as its writer was told; else `limit`. */
function firstNeeded({ samples, found, duplicatedSeqs }: StoreRecord, limit: number): number {
  if (found === null) return limit;
  const repeated = new Set(duplicatedSeqs);
  let first = 0;
  for (let index = 0; index < limit; index += 1) {
    const seq = samples.seq[index] ?? 0;
    if (samples.seq[first] !== seq) first = index;
    if (samples.seq[index + 1] === seq) continue;
    const outcome = samples.outcome[index];
    const through = outcome === "i" || isIn(found, seq) === (outcome === "a");
    if (!through || repeated.has(seq)) return first;
  }
  return limit;
}

/** The ranges without the numbers from `first` to `last`. */
function without(ranges: readonly [number, number][], first: number, last: number): [number, number][] {
  return ranges.flatMap(([from, to]) => {
    const around: [number, number][] = [
      [from, Math.min(to, first - 1)],
      [Math.max(from, last + 1), to],
    ];
    return around.filter(([low, high]) => low <= high);
  });
}
