import { duration } from "../figures";
import { markup, type Markup } from "../markup";
import { length } from "./cut-window";
import { box, hatched, line, strokes, text, widthOf, type Canvas } from "./svg";
import type { StoreLane, Timeline, Write, WriteFate } from "./timeline";
import type { TimeScale } from "./time-scale";
import { STORE_LABELS } from "../../../settings/services";

const STRIP = 22;

type Side = "old" | "new";

/** Room above the first strip, between the strips, and for the store's name beside the gap's length. */
function roomIn({ namesBeside }: Canvas): {
  readonly head: number;
  readonly between: number;
  readonly storeName: number;
} {
  return namesBeside ? { head: 30, between: 4, storeName: 0 } : { head: 46, between: 20, storeName: 92 };
}

/** A drawn part of a picture and the room it takes. */
export interface Drawn {
  readonly parts: readonly Markup[];
  readonly height: number;
}

/** One store: a strip for each host with every write as a stroke, and the gap between them. */
export function drawStore(lane: StoreLane, timeline: Timeline, scale: TimeScale, top: number, canvas: Canvas): Drawn {
  const room = roomIn(canvas);
  const first = top + room.head;
  const second = first + STRIP + room.between;
  const strips = [
    { side: "old", host: timeline.oldHost, y: first },
    { side: "new", host: timeline.newHost, y: second },
  ] as const;
  const bottom = second + STRIP;
  return {
    parts: [
      text(canvas.namesBeside ? 0 : scale.left, top + 18, STORE_LABELS[lane.store], "t-store"),
      ...strips.map(({ side, host, y }) => [
        nameOf(host, side, y, scale, canvas),
        box(scale.left, y, scale.right - scale.left, STRIP, "strip", 3),
        closedPart(lane, side, y, scale, canvas),
      ]),
      gapOf(lane, scale, { top: top + 20, from: first - 4, to: bottom + 4, storeName: room.storeName }),
      ...strips.map(({ side, y }) => strokesOf(lane.writes[side], side, y, scale)),
    ].flat(),
    height: bottom - top + 10,
  };
}

function nameOf(host: string, side: Side, y: number, scale: TimeScale, canvas: Canvas): Markup {
  const words = `${host} (${side})`;
  return canvas.namesBeside
    ? text(scale.left - 12, y + 15, words, "t-name", "end")
    : text(scale.left, y - 3, words, "t-small");
}

/** Where the old host can write no more, and the new one not yet. */
function closedPart(lane: StoreLane, side: Side, y: number, scale: TimeScale, canvas: Canvas): Markup {
  const { fencedMs, promotedMs } = lane;
  if (side === "old") {
    if (fencedMs === null) return markup``;
    return hatched(canvas, scale.x(fencedMs), y, scale.right - scale.x(fencedMs), STRIP);
  }
  const end = promotedMs === null ? scale.right : scale.x(promotedMs);
  return hatched(canvas, scale.left, y, end - scale.left, STRIP);
}

const HEIGHTS: Readonly<Record<WriteFate, readonly [offset: number, height: number]>> = {
  acknowledged: [3, STRIP - 6],
  lost: [0, STRIP],
  refused: [STRIP - 7, 7],
  indeterminate: [0, STRIP],
};

function strokesOf(writes: readonly Write[], side: Side, y: number, scale: TimeScale): Markup[] {
  return (["acknowledged", "refused", "indeterminate", "lost"] as const).map((fate) => {
    const [offset, height] = HEIGHTS[fate];
    const positions = writes
      .filter((write) => write.fate === fate)
      .map((write) => write.endedMs ?? write.invokedMs)
      .map(scale.x)
      .filter((x) => x > scale.left && x < scale.right);
    return strokes(positions, y + offset, height, fate === "acknowledged" ? `write-${side}` : `write-${fate}`);
  });
}

const WAITED = {
  between: { long: "without an acknowledged write", short: "without a write" },
  until: { long: "until the first acknowledged write", short: "until the first write" },
} as const;

interface GapPlace {
  /** Base line of the words. */
  readonly top: number;
  readonly from: number;
  readonly to: number;
  readonly storeName: number;
}

function gapOf({ gap }: StoreLane, scale: TimeScale, place: GapPlace): Markup[] {
  if (gap === null) return [];
  const from = scale.x(gap.fromMs);
  const to = Math.max(scale.x(gap.toMs), from + 2);
  if (to <= scale.left || from >= scale.right) return [];
  const words = `${duration(length(gap))} ${WAITED[gap.kind][place.storeName > 0 ? "short" : "long"]}`;
  const half = widthOf(words, 14) / 2;
  const middle = Math.min(scale.right - half, Math.max(scale.left + half + place.storeName, (from + to) / 2));
  return [
    box(from, place.from, to - from, place.to - place.from, "gap", 2),
    ...[from, to]
      .filter((x) => x > scale.left && x < scale.right)
      .map((x) => line(x, place.from, x, place.to, "gap-edge")),
    text(Math.round(middle), place.top, words, "t-gap", "middle"),
  ];
}
