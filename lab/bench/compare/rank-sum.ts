/** What a rank sum test (Mann and Whitney) says of two samples. */
export interface RankSum {
  /** Pairs of one of each in which the first is larger; an equal pair counts half. */
  readonly u: number;
  /** The same as a share of all pairs: 0.5 is no difference. */
  readonly share: number;
  /** How likely such a share or a larger one is by chance, where there is no difference: one-sided. */
  readonly pLarger: number;
  /** The same to either side. */
  readonly pDifferent: number;
  /** Exact without equal values and with at most 20 in each; else by the normal distribution, corrected for equal values. */
  readonly exact: boolean;
}

/** Larger samples, and such with equal values, are judged by the normal distribution. */
const EXACT_UP_TO = 20;

/** In how many orders of `n` and `m` values U is each of 0 to n·m: one row a value of the first sample that was placed. */
function orders(n: number, m: number): readonly number[] {
  // counts[i][u]: with i of the first sample and j of the second; the largest of all is of the first, or of the second.
  let before: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let j = 1; j <= m; j += 1) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= n; i += 1) {
      const [largestFirst, largestSecond] = [next[i - 1] ?? [], before[i] ?? []];
      next.push(Array.from({ length: i * j + 1 }, (_, u) => (largestFirst[u - j] ?? 0) + (largestSecond[u] ?? 0)));
    }
    before = next;
  }
  return before[n] ?? [1];
}

/** Φ(−z), by the complementary error function's rational approximation (Abramowitz and Stegun 7.1.26): error below 1.5e-7. */
function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const poly = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * poly * Math.exp(-x * x);
}

/** Sum of t³ − t over groups of t equal values. */
function tieTerm(values: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const value of values) groups.set(value, (groups.get(value) ?? 0) + 1);
  return [...groups.values()].reduce((sum, t) => sum + t ** 3 - t, 0);
}

/**
 * Compares two samples. Where all values are equal nothing is unlikely.
 * @throws RangeError when one of them is empty
 */
export function rankSum(first: readonly number[], second: readonly number[]): RankSum {
  const [n, m] = [first.length, second.length];
  if (n === 0 || m === 0) throw new RangeError("a rank sum needs two samples");
  const u = first.reduce(
    (sum, one) => sum + second.reduce((wins, other) => wins + (one > other ? 1 : one === other ? 0.5 : 0), 0),
    0,
  );
  const ties = tieTerm([...first, ...second]);
  const share = u / (n * m);
  if (ties === 0 && n <= EXACT_UP_TO && m <= EXACT_UP_TO) {
    const counts = orders(n, m);
    const all = counts.reduce((sum, one) => sum + one, 0);
    const atLeast = (least: number): number => counts.slice(least).reduce((sum, one) => sum + one, 0) / all;
    const [larger, smaller] = [atLeast(u), atLeast(n * m - u)];
    return { u, share, pLarger: larger, pDifferent: Math.min(1, 2 * Math.min(larger, smaller)), exact: true };
  }
  const total = n + m;
  const spread = Math.sqrt(((n * m) / 12) * (total + 1 - ties / (total * (total - 1))));
  const tail = (value: number): number =>
    spread === 0 ? 1 : Math.min(1, normalTail((value - (n * m) / 2 - 0.5) / spread));
  const [larger, smaller] = [tail(u), tail(n * m - u)];
  return { u, share, pLarger: larger, pDifferent: Math.min(1, 2 * Math.min(larger, smaller)), exact: false };
}
