import type { Span, StoreLane, Timeline } from "./timeline";

/** Room on each side of what is shown, as a part of its length, and at least this much. */
const MARGIN = 0.3;
const LEAST_MARGIN_MS = 8;

/**
 * The part of the drill worth enlarging: the longest gap, with the other store's gap, the fences and the promotions
 * where they lie near it. Null when no gap was measured.
 */
export function cutWindow({ stores, bars }: Pick<Timeline, "stores" | "bars">): Span | null {
  const drillFromMs = Math.min(...bars.map((bar) => bar.fromMs));
  const gaps = stores.flatMap((store) => interesting(store, drillFromMs));
  const longest = gaps.reduce<Span | null>(
    (best, gap) => (best === null || length(gap) > length(best) ? gap : best),
    null,
  );
  if (longest === null) return null;
  const near = grown(longest, length(longest) + LEAST_MARGIN_MS);
  const moments = [
    ...gaps.flatMap((gap) => [gap.fromMs, gap.toMs]),
    ...stores.flatMap(({ fencedMs, promotedMs }) => [fencedMs, promotedMs]),
  ].filter((at) => at !== null && at >= near.fromMs && at <= near.toMs) as number[];
  const shown = { fromMs: Math.min(longest.fromMs, ...moments), toMs: Math.max(longest.toMs, ...moments) };
  return grown(shown, Math.max(LEAST_MARGIN_MS, MARGIN * length(shown)));
}

/** Of a wait that began with the drill, or before it, the part from the fence on is worth enlarging. */
function interesting({ gap, fencedMs, promotedMs }: StoreLane, drillFromMs: number): Span[] {
  if (gap === null) return [];
  if (gap.fromMs > drillFromMs) return [gap];
  return [{ fromMs: Math.min(gap.toMs, ...[fencedMs, promotedMs].filter((at) => at !== null)), toMs: gap.toMs }];
}

/** Length of a span in milliseconds. */
export function length({ fromMs, toMs }: Span): number {
  return toMs - fromMs;
}

function grown({ fromMs, toMs }: Span, byMs: number): Span {
  return { fromMs: fromMs - byMs, toMs: toMs + byMs };
}
