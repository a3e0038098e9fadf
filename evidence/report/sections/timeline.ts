import { counted, duration, moment } from "../figures";
import type { Block, Cell, PictureBlock, SectionMaker } from "../report-model";
import { cutWindow, length } from "../timeline/cut-window";
import { drawCut, marksIn } from "../timeline/draw-cut";
import { drawOverview } from "../timeline/draw-overview";
import { drawPlain } from "../timeline/draw-plain";
import type { Canvas } from "../timeline/svg";
import { timelineOf, type NumberedMark, type StoreLane, type Timeline, type WriteFate } from "../timeline/timeline";
import { STORE_LABELS } from "../../../settings/services";

const WIDE: Omit<Canvas, "id"> = { width: 920, namesBeside: true };
const NARROW: Omit<Canvas, "id"> = { width: 352, namesBeside: false };

/** The drill as a picture, the cut enlarged, and the same as tables. */
export const timelineSection: SectionMaker = ({ document }) => {
  const timeline = timelineOf(document);
  if (timeline === null) return null;
  return {
    id: "timeline",
    title: "Timeline",
    blocks: [overview(timeline), ...cut(timeline), ...writesTable(timeline), ...clientErrors(timeline)],
  };
};

function overview(timeline: Timeline): PictureBlock {
  return {
    kind: "picture",
    caption:
      timeline.stores.length === 0
        ? "The steps of the drill. The probe did not run, so there are no writes to show."
        : "The whole drill: its steps, and every write the probe had acknowledged, on the host that acknowledged it.",
    wide: drawOverview(timeline, { ...WIDE, id: "overview-wide" }),
    narrow: drawOverview(timeline, { ...NARROW, id: "overview-narrow" }),
    legend: timeline.stores.length === 0 ? [] : legend(timeline),
    plain: drawPlain(timeline),
  };
}

function cut(timeline: Timeline): Block[] {
  const shown = cutWindow(timeline);
  if (shown === null) {
    const moments = marksTable("Moments", timeline.marks);
    if (timeline.stores.length === 0) return moments;
    return [
      ...moments,
      {
        kind: "text",
        text: {
          text: "How long clients waited could not be measured: too few writes were acknowledged.",
          tone: "unknown",
        },
      },
    ];
  }
  const inside = marksIn(timeline, shown);
  return [
    {
      kind: "picture",
      caption: `The cutover window, enlarged: ${duration(length(shown))} from ${moment(shown.fromMs)} on.${inside.length === 0 ? "" : " The numbers are the moments of the table below."}`,
      wide: drawCut(timeline, shown, { ...WIDE, id: "cut-wide" }),
      narrow: drawCut(timeline, shown, { ...NARROW, id: "cut-narrow" }),
      legend: [],
      plain: timeline.stores.map(gapWords),
    },
    ...marksTable("Moments in the picture", inside),
    ...marksTable(
      "Other moments",
      timeline.marks.filter((mark) => !inside.includes(mark)),
      "folded",
    ),
  ];
}

function gapWords({ store, gap }: StoreLane): string {
  if (gap === null) return `${STORE_LABELS[store]}: how long clients waited is unknown`;
  return `${STORE_LABELS[store]}: ${duration(length(gap))} ${gap.kind === "between" ? "without an" : "until the first"} acknowledged write, from ${moment(gap.fromMs)} to ${moment(gap.toMs)}`;
}

function legend({ stores, clients, oldHost, newHost }: Timeline): (readonly [string, string])[] {
  const fates = new Set(stores.flatMap(({ writes }) => [...writes.old, ...writes.new].map((write) => write.fate)));
  const letters = new Set(clients.flatMap(({ ends }) => ends.map(({ end }) => end)));
  if (letters.has("f")) fates.add("refused");
  if (letters.has("e") || letters.has("u")) fates.add("indeterminate");
  const optional: readonly (readonly [WriteFate, string])[] = [
    ["refused", "refused attempt, or failed statement"],
    ["indeterminate", "what may or may not be written"],
    ["lost", "acknowledged, then lost"],
  ];
  return [
    ["write-old", `write acknowledged by ${oldHost}`],
    ["write-new", `write acknowledged by ${newHost}`],
    ["gap", "clients wait"],
    ["closed", "fenced, or not yet promoted"],
    ...(clients.length === 0 ? [] : [["client-answered", "statement of a client that was answered"] as const]),
    ...optional.filter(([fate]) => fates.has(fate)).map(([fate, words]) => [`write-${fate}`, words] as const),
  ];
}

function writesTable({ stores, oldHost, newHost }: Timeline): Block[] {
  if (stores.length === 0) return [];
  const rows = stores.flatMap(({ store, writes }) =>
    (["old", "new"] as const).map((side): Cell[] => {
      const acknowledged = writes[side].filter(({ fate }) => fate === "acknowledged" || fate === "lost");
      const ends = acknowledged.flatMap(({ endedMs }) => endedMs ?? []).sort((left, right) => left - right);
      return [
        `${STORE_LABELS[store]} on ${side === "old" ? oldHost : newHost}`,
        String(acknowledged.length),
        ends.length === 0 ? "none" : moment(ends[0]),
        ends.length === 0 ? "none" : moment(ends.at(-1)),
      ];
    }),
  );
  const caption = "Acknowledged writes";
  return [{ kind: "table", caption, head: ["Where", "Acknowledged", "First", "Last"], rows }];
}

function clientErrors({ clients }: Timeline): Block[] {
  if (clients.length === 0) return [];
  const rows = clients.map(({ driver, ends }): Cell[] => {
    const errors = ends.filter(({ end }) => end !== "a").map(({ atMs }) => atMs);
    const at = (ms: number): string => (errors.length === 0 ? "none" : moment(ms));
    return [driver, String(errors.length), at(Math.min(...errors)), at(Math.max(...errors))];
  });
  return [{ kind: "table", caption: "Errors at clients", head: ["Driver", "Errors", "First", "Last"], rows }];
}

function marksTable(caption: string, marks: readonly NumberedMark[], folded?: "folded"): Block[] {
  if (marks.length === 0) return [];
  const rows = marks.map(({ number, atMs, name, host, step }) => [
    String(number),
    moment(atMs),
    host === null ? name : `${name} (${host})`,
    step,
  ]);
  const head = ["No.", "At", "What", "Step"];
  return [{ kind: "table", caption, head, rows, ...(folded && { folded: counted(marks.length, "other moment") }) }];
}
