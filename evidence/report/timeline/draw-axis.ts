import { markup, type Markup } from "../markup";
import type { Drawn } from "./draw-store";
import { line, text } from "./svg";
import type { TimeScale } from "./time-scale";

/** The axis under a picture, with faint lines up through it. */
export function drawAxis(scale: TimeScale, top: number, bottom: number): Drawn {
  const ticks = scale.ticks((scale.right - scale.left) / 90);
  const parts: Markup[] = ticks.flatMap(({ atMs, label }, index) => {
    const x = scale.x(atMs);
    const anchor = index === 0 && x - scale.left < 16 ? "start" : scale.right - x < 16 ? "end" : "middle";
    return [line(x, top, x, bottom, "grid"), text(x, bottom + 16, label, "t-axis", anchor)];
  });
  return { parts: [...parts, line(scale.left, bottom, scale.right, bottom, "axis"), markup``], height: 24 };
}
