import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import type { EvidenceDocument } from "../../document";
import { duration, lossOf, orUnknown, outageOf, recoveryOf } from "../figures";
import type { Cell, SectionMaker } from "../report-model";
import { within } from "../tiles";

/** Each objective the drill was started with, and what was measured. */
export const objectivesSection: SectionMaker = ({ document }) => ({
  id: "objectives",
  title: "Objectives and what was measured",
  blocks: [
    {
      kind: "table",
      caption: "Objectives and measured values",
      head: ["What", "Objective", "Measured", "Met"],
      rows: document.drill.mode === "dry-run" ? dryRunRows(document) : drillRows(document),
    },
  ],
});

function drillRows(document: EvidenceDocument): Cell[][] {
  const { objectives, drill } = document;
  const limitMs = objectives.maxFailoverSeconds * 1000;
  const atMost = `at most ${objectives.maxFailoverSeconds} s`;
  const lost = lossOf(document);
  return [
    ["First step to last", atMost, duration(drill.durationMs), met(drill.durationMs, limitMs)],
    ...STORE_NAMES.map((store): Cell[] => {
      const gap = outageOf(document, store);
      return [`${STORE_LABELS[store]} without an acknowledged write`, atMost, duration(gap), met(gap, limitMs)];
    }),
    ...(document.unplanned === null ? [] : STORE_NAMES).map((store): Cell[] => {
      const recovery = recoveryOf(document, store);
      return [
        `${STORE_LABELS[store]} acknowledges writes again after`,
        atMost,
        duration(recovery),
        met(recovery, limitMs),
      ];
    }),
    [
      "Acknowledged probe events lost",
      `at most ${objectives.maxDataLagEvents}`,
      orUnknown(lost),
      met(lost, objectives.maxDataLagEvents),
    ],
  ];
}

function dryRunRows({ objectives }: EvidenceDocument): Cell[][] {
  const only: Cell = { text: "only a drill can tell", tone: "unknown" };
  return [
    ["First step to last", `at most ${objectives.maxFailoverSeconds} s`, "not measured in a dry run", only],
    ["Acknowledged probe events lost", `at most ${objectives.maxDataLagEvents}`, "not measured in a dry run", only],
  ];
}

function met(value: number | null, limit: number): Cell {
  const tone = within(value, limit);
  return { text: { good: "yes", bad: "no", unknown: "unknown", warn: "", plain: "" }[tone], tone };
}
