import { STORE_LABELS, STORE_NAMES } from "../../../settings/services";
import { DEMOTION, PROMOTION } from "../../../settings/steps";
import { clientErrorsOf, latencyOf } from "../../client-figures";
import type { ClientLoad } from "../../client-loads";
import type { EvidenceDocument } from "../../document";
import { stepOf } from "../../verify/rule";
import { NOT_MEASURED } from "../../verify/rules/clients";
import { duration } from "../figures";
import type { Block, Cell, SectionMaker } from "../report-model";

/** Statements that began up to so long after the promotion count as those around the cutover window, milliseconds. */
const AFTER_MS = 1000;

/** What ordinary clients saw, driver by driver; a drill without them says that nothing was measured, which is not zero. */
export const clientsSection: SectionMaker = ({ document }) => {
  if (document.drill.mode === "dry-run") return null;
  const { clients } = document;
  const missing = STORE_NAMES.filter((store) => (clients?.loads ?? []).every((load) => load.store !== store));
  return {
    id: "clients",
    title: "What clients saw",
    blocks: [
      ...(clients === undefined ? [] : tables(clients.loads, document)),
      ...missing.map((store): Block => ({ kind: "text", text: notMeasured(store) })),
      ...(clients?.notTried ?? []).map(({ driver, reason }): Block => ({
        kind: "text",
        text: { text: `${driver}: not tried: ${reason}`, tone: "unknown" },
      })),
    ],
  };
};

function notMeasured(store: (typeof STORE_NAMES)[number]): Cell {
  const words = `${STORE_LABELS[store]}: ${NOT_MEASURED}. No driver of it was under load beside this drill.`;
  return { text: words, tone: "unknown" };
}

function tables(loads: readonly ClientLoad[], document: EvidenceDocument): Block[] {
  if (loads.length === 0) return [];
  return [
    {
      kind: "table",
      caption: "Statements that ordinary drivers sent, and what became of them",
      head: ["Driver", "Clients", "Sent", "Answered", "Failed", "Ended", "Unknown", "Resent", "Why"],
      rows: loads.map((load): Cell[] => [
        `${load.driver} ${load.version}, ${load.route}`,
        String(load.clients),
        ...(["sent", "answered"] as const).map((name) => String(load.counts[name])),
        ...(["failed", "ended", "unknown"] as const).map((name) => judged(load.counts[name])),
        load.resends === "off" ? "off" : judged(load.counts.resent),
        { text: codesOf(load), code: true },
      ]),
    },
    {
      kind: "table",
      caption: `Latency of what was answered; the cutover window is from the beginning of ${DEMOTION} to ${AFTER_MS / 1000} s after ${PROMOTION}`,
      head: ["Driver", "p50", "p99", "Longest", "In the window: p50", "p99", "Longest"],
      rows: loads.map((load): Cell[] => [load.driver, ...three(load.latencyMs), ...three(inWindow(load, document))]),
    },
    {
      kind: "text",
      text: "Failed: the server did not execute it. Ended: the server ended the session under it. Unknown: the connection was lost. Of the last two, either may have been executed.",
    },
    ...(loads.every((load) => clientErrorsOf(load) === 0)
      ? [{ kind: "text", text: { text: "No statement of these clients ended in an error.", tone: "good" } } as const]
      : []),
  ];
}

function judged(count: number): Cell {
  return count === 0 ? "0" : { text: String(count), tone: "warn" };
}

function codesOf({ codes }: ClientLoad): string {
  const told = Object.entries(codes).sort(([one], [other]) => (one < other ? -1 : 1));
  return told.length === 0 ? "-" : told.map(([code, times]) => `${code} ${times}`).join(", ");
}

function inWindow({ samples }: ClientLoad, document: EvidenceDocument): ClientLoad["latencyMs"] {
  const [demote, promote] = [stepOf(document, DEMOTION), stepOf(document, PROMOTION)];
  if (!demote || !promote) return null;
  return latencyOf(samples, { fromMs: demote.startedAtMs, toMs: promote.finishedAtMs + AFTER_MS });
}

function three(latency: ClientLoad["latencyMs"]): Cell[] {
  if (latency === null) return Array<Cell>(3).fill({ text: "unknown", tone: "unknown" });
  return [latency.p50, latency.p99, latency.max].map(duration);
}
