/** What a series of measurements says. A figure is null when nothing was measured: null is never zero. */
export interface Distribution {
  /** How many values were measured. */
  readonly measured: number;
  /** How many could not be. They have no part in the figures below. */
  readonly unknown: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** A sum of counts, and how many of its parts could not be read. */
export interface Total {
  readonly sum: number;
  readonly unknown: number;
}

/**
 * The nearest-rank percentile: the smallest value such that at least `percent` of the values are not above it. It is always one of the
 * values; of fewer than 20 the 95th is the largest.
 * @param percent above 0, at most 100
 * @returns null when there is no value
 */
export function nearestRank(values: readonly number[], percent: number): number | null {
  if (!(percent > 0 && percent <= 100)) throw new RangeError(`a percentile is above 0 and at most 100, not ${percent}`);
  const sorted = [...values].sort((left, right) => left - right);
  // Multiplied first: 0.95 * 20 is above 19 in binary, 95 * 20 / 100 is not.
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? null;
}

/** Sums up measurements of which some may be unknown (null). */
export function distributionOf(values: readonly (number | null)[]): Distribution {
  const known = values.filter((value) => value !== null);
  return {
    measured: known.length,
    unknown: values.length - known.length,
    p50: nearestRank(known, 50),
    p95: nearestRank(known, 95),
    max: nearestRank(known, 100),
  };
}

/** A value for each key. */
export function keyed<K extends string, T>(keys: readonly K[], of: (key: K) => T): Record<K, T> {
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Record<K, T>;
}

/** Adds counts of which some may be unknown (null). */
export function totalOf(values: readonly (number | null)[]): Total {
  return {
    sum: values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
    unknown: values.filter((value) => value === null).length,
  };
}
