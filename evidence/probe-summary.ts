import type { ProbeSamples, ProbeStoreEvidence } from "./document";
import { countIn, isIn, type SeqRange } from "./seq-ranges";

/** The raw facts of one store that every figure is computed from. */
export interface ProbeRecord {
  readonly samples: ProbeSamples;
  /** Event numbers read back, as ascending, disjoint [first, last] ranges; null when nothing could be read back. */
  readonly found: readonly SeqRange[] | null;
  readonly duplicatedSeqs: readonly number[];
}

/** The figures of one store, all of them computed from the raw samples. */
export type ProbeStoreSummary = Pick<ProbeStoreEvidence, "counts" | "longestGapMs" | "gap">;

/** Milliseconds to the microsecond, the resolution of the probe's clock. */
export function roundToMicrosecond(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

/**
 * Computes what the raw samples say: the probe fills the evidence with it, the verifier computes it again.
 *
 * `acknowledged` and `indeterminate` count event numbers, `refused` counts attempts. An event number whose attempts
 * were all refused was certainly not written, so finding it is a phantom; an indeterminate one may be found or not.
 * Without a read-back (`found` null) lost, duplicated and phantom are null: null is never zero.
 * Broken samples (arrays of unequal length, a number used twice) are not detected here: see `probeRecordFaults`.
 */
export function summarizeStore(record: ProbeRecord): ProbeStoreSummary {
  const { samples, found } = record;
  const outcomes = samples.outcome.map((outcome, index) => ({ outcome, seq: samples.seq[index] ?? Number.NaN }));
  const acknowledged = new Set(outcomes.filter((one) => one.outcome === "a").map((one) => one.seq));
  const possiblyWritten = new Set(outcomes.filter((one) => one.outcome !== "r").map((one) => one.seq));
  const longest = longestGap(samples);
  return {
    counts: {
      acknowledged: acknowledged.size,
      refused: outcomes.filter((one) => one.outcome === "r").length,
      indeterminate: possiblyWritten.size - acknowledged.size,
      lost: found && [...acknowledged].filter((seq) => !isIn(found, seq)).length,
      duplicated: found && new Set(record.duplicatedSeqs).size,
      phantom: found && countIn(found) - [...possiblyWritten].filter((seq) => isIn(found, seq)).length,
    },
    longestGapMs: longest && roundToMicrosecond(longest.toMs - longest.fromMs),
    gap: longest,
  };
}

function longestGap(samples: ProbeSamples): { fromMs: number; toMs: number } | null {
  const ends = samples.endMs
    .filter((end, index): end is number => end !== null && samples.outcome[index] === "a")
    .sort((left, right) => left - right);
  let longest: { fromMs: number; toMs: number } | null = null;
  for (let index = 1; index < ends.length; index += 1) {
    const fromMs = ends[index - 1] ?? 0;
    const toMs = ends[index] ?? 0;
    if (longest === null || toMs - fromMs > longest.toMs - longest.fromMs) {
      longest = { fromMs, toMs };
    }
  }
  return longest;
}
