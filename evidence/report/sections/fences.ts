import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import { PROMOTION } from "../../../settings/steps";
import type { EvidenceDocument, Fence } from "../../document";
import { promotedAtMs } from "../../verify/rule";
import { duration, moment } from "../figures";
import type { Block, Cell, SectionMaker } from "../report-model";

const METHODS: Readonly<Record<Fence["method"], string>> = {
  "clean-shutdown": "stopped cleanly",
  "writes-paused": "writes paused, then made a replica",
  "container-stopped": "container stopped",
  "fence-command": "switched off by the fence command",
  "own-port": "stopped writing, on an order through its own port",
  "accepted-unfenced": "NOT FENCED: accepted by the operator",
};

/** What kept the old primary from writing, and how long before the promotion it was proved. */
export const fencesSection: SectionMaker = ({ document }) => {
  if (document.drill.mode === "dry-run") return null;
  return {
    id: "fences",
    title: "Fences: why the old primary could not write",
    blocks: document.fences.length === 0 ? [noFence(document)] : [fenceTable(document), ...missing(document)],
  };
};

function noFence({ steps }: EvidenceDocument): Block {
  const promoted = steps.some(({ step, status }) => step === PROMOTION && status !== "skipped");
  return {
    kind: "text",
    text: promoted
      ? { text: "No fence is recorded, though promotion had begun.", tone: "bad" }
      : "None was needed: nothing was promoted.",
  };
}

function fenceTable(document: EvidenceDocument): Block {
  return {
    kind: "table",
    caption: "Fences on the old primary",
    head: ["Store and host", "How", "Proved", "In detail"],
    rows: document.fences.map((fence) => [
      `${STORE_LABELS[fence.store]} on ${fence.host}`,
      { text: METHODS[fence.method], tone: fence.method === "accepted-unfenced" ? "warn" : "good" },
      provedCell(document, fence),
      fence.detail,
    ]),
  };
}

function provedCell(document: EvidenceDocument, { store, provedAtMs }: Fence): Cell {
  const promoted = promotedAtMs(document, store);
  if (promoted === undefined) return `at ${moment(provedAtMs)}; no promotion began`;
  const before = promoted - provedAtMs;
  return before >= 0
    ? { text: `at ${moment(provedAtMs)}, ${duration(before)} before promotion`, tone: "good" }
    : { text: `at ${moment(provedAtMs)}, ${duration(-before)} after promotion began`, tone: "bad" };
}

function missing({ fences, success }: EvidenceDocument): Block[] {
  return STORE_NAMES.filter((store) => !fences.some((fence) => fence.store === store)).map((store) => ({
    kind: "text",
    text: { text: `${STORE_LABELS[store]}: no fence is recorded.`, tone: success ? "bad" : "unknown" },
  }));
}
