import { nearestRank } from "../distribution";

/** The outage of one store in swaps with backups against swaps without, of the same run. Milliseconds; null where nothing was measured. */
export interface OutageComparison {
  readonly withMs: { readonly measured: number; readonly p50: number | null; readonly max: number | null };
  readonly withoutMs: { readonly measured: number; readonly p50: number | null; readonly max: number | null };
  /** Mean with backups by mean without, block by block of swaps that alternate: its middle, and how it spreads. */
  readonly ratio: {
    readonly blocks: number;
    readonly least: number | null;
    readonly p50: number | null;
    readonly most: number | null;
  };
  /** Share of all pairs of one swap with and one without in which the one with was slower; an equal pair counts half. 0.5 is no difference. */
  readonly slowerShare: number | null;
  /** Whether that share is too large for chance: a rank sum test, one-sided, at 5 %. Null with fewer than `LEAST_SWAPS` of either kind. */
  readonly measurable: boolean | null;
}

/** Fewer swaps of either kind say nothing. */
export const LEAST_SWAPS = 5;

/** Of the standard normal distribution, 5 % lie above. */
const FIVE_PERCENT = 1.645;

/** The outage of one store in one swap; null when it was not measured. */
export interface OutageOfSwap {
  readonly block: number;
  readonly withBackups: boolean;
  readonly outageMs: number | null;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function shareSlower(some: readonly number[], others: readonly number[]): number | null {
  if (some.length === 0 || others.length === 0) return null;
  const wins = some.flatMap((one) => others.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)));
  return meanOf(wins);
}

/**
 * Compares. A swap whose outage was not measured has no part in it; a block with none of either kind has no ratio.
 */
export function compareOutages(swaps: readonly OutageOfSwap[]): OutageComparison {
  const of = (withBackups: boolean, block?: number): readonly number[] =>
    swaps.flatMap((one) =>
      one.withBackups === withBackups && (block === undefined || one.block === block) && one.outageMs !== null
        ? [one.outageMs]
        : [],
    );
  const [some, others] = [of(true), of(false)];
  const ratios = [...new Set(swaps.map(({ block }) => block))].flatMap((block) => {
    const [slow, quick] = [meanOf(of(true, block)), meanOf(of(false, block))];
    return slow === null || quick === null || quick === 0 ? [] : [rounded(slow / quick)];
  });
  const share = shareSlower(some, others);
  const spread = Math.sqrt((some.length + others.length + 1) / (12 * some.length * others.length));
  const enough = some.length >= LEAST_SWAPS && others.length >= LEAST_SWAPS;
  return {
    withMs: { measured: some.length, p50: nearestRank(some, 50), max: nearestRank(some, 100) },
    withoutMs: { measured: others.length, p50: nearestRank(others, 50), max: nearestRank(others, 100) },
    ratio: {
      blocks: ratios.length,
      least: ratios.length === 0 ? null : Math.min(...ratios),
      p50: nearestRank(ratios, 50),
      most: nearestRank(ratios, 100),
    },
    slowerShare: share === null ? null : rounded(share),
    measurable: share === null || !enough ? null : (share - 0.5) / spread > FIVE_PERCENT,
  };
}
