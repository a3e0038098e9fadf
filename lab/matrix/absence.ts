import type { Attempt } from "../watch/attempt";

/** The longest stretch in which no host acknowledged a write. */
export interface Absence {
  readonly longestGapMs: number;
  /** When it ended, milliseconds after the fault struck: from then on there was a writable primary. */
  readonly endedAfterMs: number;
}

/**
 * The longest stretch without an acknowledged write of either host that ended after `struckMs`. Null when nothing was acknowledged
 * after it, or before it: then nobody knows how long it was.
 * @param attempts of one store, of both hosts, in any order; milliseconds of the machine's clock, as `struckMs`
 */
export function absenceAfter(attempts: readonly Attempt[], struckMs: number): Absence | null {
  const ends = attempts
    .filter((one) => one.accepted)
    .map((one) => one.endMs)
    .sort((left, right) => left - right);
  let longest: Absence | null = null;
  for (const [at, endMs] of ends.entries()) {
    const before = ends[at - 1];
    if (before === undefined || endMs <= struckMs) continue;
    const longestGapMs = endMs - before;
    if (longest === null || longestGapMs > longest.longestGapMs)
      longest = { longestGapMs, endedAfterMs: endMs - struckMs };
  }
  return longest;
}

/** Whether a store of a host acknowledged a write between two moments. */
export function acceptedBetween(attempts: readonly Attempt[], fromMs: number, toMs: number): boolean {
  return attempts.some((one) => one.accepted && one.startMs >= fromMs && one.endMs <= toMs);
}
