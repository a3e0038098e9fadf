import { box, strokes, text, type Canvas } from "./svg";
import type { Drawn } from "./draw-store";
import type { ClientLane } from "./timeline";
import type { TimeScale } from "./time-scale";

const STRIP = 16;

/** One driver's clients: a strip with every statement as a stroke, where it ended; errors are as high as the strip. */
export function drawClient({ driver, ends }: ClientLane, scale: TimeScale, top: number, canvas: Canvas): Drawn {
  const y = canvas.namesBeside ? top + 6 : top + 20;
  const at = (letters: string): number[] =>
    ends
      .filter(({ end }) => letters.includes(end))
      .map(({ atMs }) => scale.x(atMs))
      .filter((x) => x > scale.left && x < scale.right);
  return {
    parts: [
      canvas.namesBeside
        ? text(scale.left - 12, y + 12, driver, "t-name", "end")
        : text(scale.left, top + 14, driver, "t-small"),
      box(scale.left, y, scale.right - scale.left, STRIP, "strip", 3),
      strokes(at("a"), y + 5, STRIP - 10, "client-answered"),
      strokes(at("eu"), y, STRIP, "write-indeterminate"),
      strokes(at("f"), y, STRIP, "write-refused"),
    ],
    height: y + STRIP - top,
  };
}
