import { duration } from "../figures";
import { markup, type Markup } from "../markup";
import { length } from "./cut-window";
import { drawAxis } from "./draw-overview";
import { drawClient } from "./draw-client";
import { drawStore } from "./draw-store";
import { hatching, line, svg, text, type Canvas } from "./svg";
import { timeScale, type TimeScale } from "./time-scale";
import type { NumberedMark, Span, Timeline } from "./timeline";

const FLAG = 20;

/** The moment of the exchange, enlarged: every write, and the numbered marks of the steps above them. */
export function drawCut(timeline: Timeline, shown: Span, canvas: Canvas): Markup {
  const scale = timeScale(shown, canvas.namesBeside ? 150 : 0, canvas.width);
  const flags = placeFlags(marksIn(timeline, shown), scale);
  const head = (Math.max(-1, ...flags.map((flag) => flag.row)) + 1) * FLAG + 6;
  const front: Markup[] = [];
  let y = head;
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
  const axis = drawAxis(scale, head, y + 4);
  const pennants = flags.flatMap((flag) => drawFlag(flag, y + 4));
  const title = "The cutover window, enlarged";
  const description = `${duration(length(shown))} of the drill around the longest gap. The numbers are the moments in the table below.`;
  return svg(canvas, y + 4 + axis.height, title, description, [hatching(canvas), ...axis.parts, ...pennants, ...front]);
}

/** The marks inside a span of time. */
export function marksIn({ marks }: Timeline, { fromMs, toMs }: Span): readonly NumberedMark[] {
  return marks.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

interface Flag {
  readonly number: number;
  readonly x: number;
  readonly row: number;
}

/** Puts each flag into the first row in which it does not lie on another. */
export function placeFlags(
  marks: readonly NumberedMark[],
  scale: Pick<TimeScale, "x" | "left" | "right">,
): readonly Flag[] {
  const ends: number[] = [];
  return marks.map(({ number, atMs }) => {
    const x = Math.min(scale.right - 10, Math.max(scale.left + 10, scale.x(atMs)));
    const free = ends.findIndex((end) => x - end >= FLAG);
    const row = free < 0 ? ends.length : free;
    ends[row] = x;
    return { number, x, row };
  });
}

function drawFlag({ number, x, row }: Flag, bottom: number): Markup[] {
  const y = row * FLAG + 10;
  return [
    line(x, y, x, bottom, "flag-line"),
    markup`<circle cx="${x}" cy="${y}" r="9" class="flag"/>\n`,
    text(x, y + 4, String(number), "t-flag", "middle"),
  ];
}
