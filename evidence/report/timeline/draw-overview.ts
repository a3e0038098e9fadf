import { duration } from "../figures";
import { markup, type Markup } from "../markup";
import { drawClient } from "./draw-client";
import { type Drawn, drawStore } from "./draw-store";
import { box, type Canvas, hatching, line, svg, text, widthOf } from "./svg";
import { timeScale, type TimeScale } from "./time-scale";
import type { StepBar, Timeline } from "./timeline";
import { STORE_LABELS } from "../../../settings/services";

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

const BAR = 16;

/** The whole drill: a bar for each step, and under it both stores' writes on the same scale. */
export function drawOverview(timeline: Timeline, canvas: Canvas): Markup {
  const scale = timeScale(timeline, canvas.namesBeside ? 150 : 0, canvas.width);
  const row = canvas.namesBeside ? 24 : 38;
  const front: Markup[] = timeline.bars.map((bar, index) => drawBar(bar, index * row, scale, canvas));
  let y = timeline.bars.length * row + 4;
  for (const lane of timeline.stores) {
    const drawn = drawStore(lane, timeline, scale, y, canvas);
    front.push(...drawn.parts);
    y += drawn.height;
  }
  for (const lane of timeline.clients) {
    const drawn = drawClient(lane, scale, y, canvas);
    front.push(...drawn.parts);
    y += drawn.height;
  }
  const axis = drawAxis(scale, 0, y + 4);
  const title = "The drill from its first step to its last";
  return svg(canvas, y + 4 + axis.height, title, describe(timeline), [hatching(canvas), ...axis.parts, ...front]);
}

function drawBar(bar: StepBar, top: number, scale: TimeScale, canvas: Canvas): Markup {
  const y = canvas.namesBeside ? top + 4 : top + 18;
  const ran = bar.status !== "skipped";
  const from = ran ? scale.x(bar.fromMs) : scale.left;
  const width = ran ? Math.max(3, scale.x(bar.toMs) - from) : 0;
  const words = ran
    ? `${duration(bar.toMs - bar.fromMs)}${bar.status === "passed" ? "" : ` ${bar.status}`}`
    : "skipped";
  const fits = from + width + 6 + widthOf(words, 11) <= scale.right;
  const place = fits ? ([from + width + 6, "start"] as const) : ([from - 6, "end"] as const);
  const inside = !fits && from - scale.left < widthOf(words, 12) + 12;
  return markup`${[
    canvas.namesBeside
      ? text(scale.left - 12, y + 12, bar.step, "t-name", "end")
      : text(scale.left, top + 13, bar.step, "t-small"),
    box(from, y, width, BAR, `bar bar-${bar.status}`, 3),
    inside
      ? text(Math.round(from + width - 8), y + 12, words, "t-inside", "end")
      : text(Math.round(place[0]), y + 12, words, "t-length", place[1]),
  ]}`;
}

function describe({ bars, stores, oldHost, newHost }: Timeline): string {
  const steps = bars
    .map(({ step, status, fromMs, toMs }) => `${step} ${status} in ${duration(toMs - fromMs)}`)
    .join(", ");
  const gaps = stores.map(({ store, gap }) => `${STORE_LABELS[store]} ${duration(gap && gap.toMs - gap.fromMs)}`);
  return `Steps: ${steps}. ${gaps.length === 0 ? "The probe did not run." : `Clients waited for an acknowledged write: ${gaps.join(", ")}, between ${oldHost} and ${newHost}.`}`;
}
