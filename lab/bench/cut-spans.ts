import type { EvidenceDocument } from "../../drills/evidence/document";

/** A moment of a drill: a mark that a step set, or the end of a store's longest gap as the probe saw it. */
type Moment = { readonly mark: string } | { readonly writesAgain: "timescaledb" | "redis" };

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
 * Length of every stretch of the cut, milliseconds. Null where one of its moments is not in the evidence, or where they stand the wrong
 * way round, as they do when the longest gap was not the swap's. A first write can come before its mark: the promoted server takes
 * writes before the drill has seen that it does; that is zero when the gap ended after the promotion had begun.
 */
export function cutSpansOf(document: EvidenceDocument): Record<string, number | null> {
  const marks = new Map(document.steps.flatMap((step) => step.marks.map((mark) => [mark.name, mark.atMs] as const)));
  const at = (moment: Moment): number | undefined =>
    "mark" in moment ? marks.get(moment.mark) : document.probe?.[moment.writesAgain].gap?.toMs;
  return Object.fromEntries(
    CUT_SPANS.map(({ name, from, to }) => {
      const [began, ended] = [at(from), at(to)];
      if (began === undefined || ended === undefined) return [name, null];
      if (ended >= began) return [name, rounded(ended - began)];
      const promoted = "writesAgain" in to ? marks.get(`promote-${to.writesAgain}`) : undefined;
      return [name, promoted !== undefined && ended >= promoted ? 0 : null];
    }),
  );
}

/** Milliseconds to the microsecond, which is what the drill's clock tells. */
export function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}
