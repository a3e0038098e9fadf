/** Event numbers from `first` to `last`, both included. */
export type SeqRange = readonly [first: number, last: number];

/**
 * Packs event numbers into ascending, disjoint ranges; repeated numbers count once.
 * @example toSeqRanges([3, 1, 2, 7]) // [[1, 3], [7, 7]]
 */
export function toSeqRanges(seqs: Iterable<number>): [number, number][] {
  const ranges: [number, number][] = [];
  for (const seq of [...new Set(seqs)].sort((left, right) => left - right)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] + 1 === seq) {
      last[1] = seq;
    } else {
      ranges.push([seq, seq]);
    }
  }
  return ranges;
}

/** True when the ranges ascend, do not overlap and are not empty: what the other functions here lean on. */
export function areAscendingRanges(ranges: readonly SeqRange[]): boolean {
  return ranges.every(([first, last], index) => first <= last && first > (ranges[index - 1]?.[1] ?? -1));
}

/** How many event numbers the ranges hold. */
export function countIn(ranges: readonly SeqRange[]): number {
  return ranges.reduce((total, [first, last]) => total + (last - first + 1), 0);
}

/** How many event numbers both hold. It takes as long as there are ranges, however many numbers they claim to hold. */
export function countInBoth(ones: readonly SeqRange[], others: readonly SeqRange[]): number {
  let total = 0;
  for (let one = 0, other = 0; one < ones.length && other < others.length;) {
    const [[first, last], [otherFirst, otherLast]] = [ones[one] as SeqRange, others[other] as SeqRange];
    total += Math.max(0, Math.min(last, otherLast) - Math.max(first, otherFirst) + 1);
    if (last < otherLast) one += 1;
    else other += 1;
  }
  return total;
}

/** Whether `seq` lies in one of the ranges (binary search). */
export function isIn(ranges: readonly SeqRange[], seq: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [first, last] = ranges[middle] ?? [Infinity, -Infinity];
    if (seq < first) {
      high = middle - 1;
    } else if (seq > last) {
      low = middle + 1;
    } else {
      return true;
    }
  }
  return false;
}
