import type { Span } from "./timeline";

/** Maps moments to positions of a picture. */
export interface TimeScale {
  /** Position of a moment; one outside the span is put to its nearer end. */
  readonly x: (atMs: number) => number;
  readonly left: number;
  readonly right: number;
  /** Round moments for an axis, about `wanted` of them, and how each is written. */
  readonly ticks: (wanted: number) => readonly { readonly atMs: number; readonly label: string }[];
}

/** A scale from `left` to `right` over a span of time. */
export function timeScale(span: Span, left: number, right: number): TimeScale {
  const length = Math.max(span.toMs - span.fromMs, 0.001);
  return {
    left,
    right,
    x: (atMs) => {
      const part = Math.min(1, Math.max(0, (atMs - span.fromMs) / length));
      return round(left + part * (right - left));
    },
    ticks: (wanted) => ticks(span, roundStep(length / Math.max(1, wanted))),
  };
}

function ticks({ fromMs, toMs }: Span, step: number): { atMs: number; label: string }[] {
  const found: { atMs: number; label: string }[] = [];
  for (let number = Math.ceil(fromMs / step - 1e-9); number * step <= toMs + 1e-9; number += 1) {
    found.push({ atMs: number * step, label: axisLabel(number * step, step) });
  }
  return found;
}

/** Seconds with as many decimals as the step between two ticks needs. */
function axisLabel(atMs: number, step: number): string {
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / 1000) - 1e-9));
  return `${(atMs / 1000).toFixed(decimals)} s`;
}

/** The next of 1, 2, 5 times a power of ten. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => power * factor >= least - 1e-12) ?? 10);
}

/** One decimal is finer than any screen. */
export function round(position: number): number {
  return Math.round(position * 10) / 10;
}
