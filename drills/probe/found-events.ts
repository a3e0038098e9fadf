import { toSeqRanges } from "../../evidence/seq-ranges";

/** What was read back of one store, as the evidence keeps it. */
export interface FoundEvents {
  readonly found: [number, number][];
  readonly duplicatedSeqs: number[];
}

/**
 * Packs the event numbers that were read back, in any order and repeated as often as they were found.
 * @throws Error when one is not an event number: such a read-back proves nothing
 */
export function packFound(seqs: readonly number[]): FoundEvents {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const seq of seqs) {
    if (!Number.isSafeInteger(seq) || seq < 0) throw new Error(`${seq} is not an event number`);
    if (seen.has(seq)) twice.add(seq);
    seen.add(seq);
  }
  return { found: toSeqRanges(seen), duplicatedSeqs: [...twice].sort((left, right) => left - right) };
}
