import type { EvidenceDocument } from "../../evidence/document";
import type { StoreName } from "../../settings/services";

/** A moment of a drill: a mark that a step set, or the end of a store's longest gap as the probe saw it. */
type Moment = { readonly mark: string } | { readonly writesAgain: StoreName };

/** One stretch of the cut, from one moment to another. Stretches of the two stores overlap. */
interface CutSpan {
  readonly name: string;
  readonly from: Moment;
  readonly to: Moment;
}

/** Where the outage goes, in the order in which it happens. */
export const CUT_SPANS: readonly CutSpan[] = [
  { name: "PostgreSQL stop and seal", from: { mark: "stop begins" }, to: { mark: "sealed" } },
  { name: "PostgreSQL catch-up", from: { mark: "sealed" }, to: { mark: "standby at the seal" } },
  { name: "Redis seal", from: { mark: "redis writes paused" }, to: { mark: "redis offsets equal" } },
  { name: "from seal to promote", from: { mark: "standby at the seal" }, to: { mark: "promote-timescaledb" } },
  { name: "PostgreSQL promote", from: { mark: "promote-timescaledb" }, to: { mark: "timescaledb promoted" } },
  { name: "PostgreSQL first write", from: { mark: "timescaledb promoted" }, to: { writesAgain: "timescaledb" } },
  { name: "Redis promote", from: { mark: "promote-redis" }, to: { mark: "redis promoted" } },
  { name: "Redis first write", from: { mark: "redis promoted" }, to: { writesAgain: "redis" } },
];

/**
 * Length of every stretch of the cut, milliseconds; null where one of its moments is not in the evidence. A first write is known only
 * when the store's longest gap is the one around its promotion. It can come before the drill has seen the promotion: that is zero.
 */
export function cutSpansOf(document: EvidenceDocument): Record<string, number | null> {
  const marks = new Map(document.steps.flatMap((step) => step.marks.map((mark) => [mark.name, mark.atMs] as const)));
  const at = (moment: Moment): number | undefined => {
    if ("mark" in moment) return marks.get(moment.mark);
    return gapIsSwap(document, moment.writesAgain) === true
      ? document.probe?.[moment.writesAgain].gap?.toMs
      : undefined;
  };
  return Object.fromEntries(
    CUT_SPANS.map(({ name, from, to }) => {
      const [began, ended] = [at(from), at(to)];
      return [name, began === undefined || ended === undefined ? null : rounded(Math.max(0, ended - began))];
    }),
  );
}

/** Whether a store's longest gap is the one around its promotion; null when there is no gap, or no promotion, in the evidence. */
export function gapIsSwap({ steps, probe }: EvidenceDocument, store: StoreName): boolean | null {
  const promoted = steps.flatMap((step) => step.marks).find((mark) => mark.name === `promote-${store}`)?.atMs;
  const gap = probe?.[store].gap ?? null;
  return gap === null || promoted === undefined ? null : gap.fromMs <= promoted && promoted <= gap.toMs;
}

/** Milliseconds to the microsecond, which is what the drill's clock tells. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
