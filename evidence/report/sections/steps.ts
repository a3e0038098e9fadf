import type { EvidenceDocument, StepResult } from "../../document";
import { counted, duration } from "../figures";
import type { Block, Cell, Phrase, SectionMaker, Tone } from "../report-model";

const TONES: Readonly<Record<StepResult["status"], Tone>> = {
  passed: "good",
  failed: "bad",
  skipped: "plain",
  simulated: "plain",
  bypassed: "warn",
};

/** Every step: what became of it, how long it took, its failure, and all its checks. */
export const stepsSection: SectionMaker = ({ document }) => ({
  id: "steps",
  title: "Steps",
  blocks: [
    {
      kind: "table",
      caption: "The steps of the drill, in their order",
      head: ["Step", "Status", "Took", "Checks that were met"],
      rows: document.steps.map((step) => [
        { text: step.step, code: true },
        statusCell(step),
        stepDuration(step, document.drill.mode),
        checksHeld(step),
      ]),
    },
    ...document.steps.flatMap(failureBlocks),
    ...document.steps.flatMap(checksBlock),
  ],
});

/** What became of a step, with its tone. */
export function statusCell({ status }: StepResult): Phrase {
  return { text: status, tone: TONES[status] };
}

function stepDuration(step: StepResult, mode: EvidenceDocument["drill"]["mode"]): Cell {
  if (mode === "dry-run" || step.status === "skipped") return "-";
  return duration(step.finishedAtMs - step.startedAtMs);
}

function checksHeld({ checks }: StepResult): Cell {
  if (checks.length === 0) return { text: "none made", tone: "unknown" };
  const held = checks.filter((check) => check.ok).length;
  return { text: `${held} of ${checks.length}`, tone: held === checks.length ? "good" : "bad" };
}

function failureBlocks({ step, failure }: StepResult): Block[] {
  if (failure === null) return [];
  return [
    {
      kind: "facts",
      facts: [
        ["Failed", { text: step, code: true }],
        ["Reason", { text: failure.reason, tone: "bad" }],
        ["On", failure.host ?? "no single host"],
        ["Undone", failure.undone ?? "nothing is recorded as undone"],
        ["Next command", { text: failure.next, code: true }],
      ],
    },
  ];
}

function checksBlock({ step, checks }: StepResult): Block[] {
  if (checks.length === 0) return [];
  return [
    {
      kind: "table",
      caption: `Checks of ${step}`,
      folded: `${step}: ${counted(checks.length, "check")}`,
      head: ["Check", "Host", "Measured", "Must be", "Met"],
      rows: checks.map((check) => [
        check.name,
        check.host ?? "-",
        valueCell(check.measured),
        valueCell(check.limit),
        { text: check.ok ? "yes" : "no", tone: check.ok ? "good" : "bad" },
      ]),
    },
  ];
}

/** A measured value or a limit as it is; null is unknown. */
export function valueCell(value: string | number | boolean | null): Cell {
  return value === null ? { text: "unknown", tone: "unknown" } : { text: String(value), code: true };
}
