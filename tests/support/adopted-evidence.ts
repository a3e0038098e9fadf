import type { EvidenceDocument } from "../../evidence/document";
import { record, unplannedEvidence } from "./valid-evidence";
import { probedStore } from "./valid-probe";

/**
 * An unplanned drill that adopted a standing probe `aheadMs` milliseconds after that had begun: the drill's clock counts
 * from the probe's zero, and its wall clock from its own first step, as ever.
 */
export function adoptedEvidence(aheadMs: number): EvidenceDocument {
  const document = unplannedEvidence();
  for (const step of document.steps) {
    step.startedAtMs += aheadMs;
    step.finishedAtMs += aheadMs;
    for (const mark of step.marks) mark.atMs += aheadMs;
  }
  for (const fence of document.fences) fence.provedAtMs += aheadMs;
  for (const signal of document.unplanned?.signals ?? []) signal.atMs += aheadMs;
  const [startMs, endMs] = [aheadMs - 9000, aheadMs + 3500];
  const story = { endpoints: ["host-a", "host-b"], startMs, endMs, everyMs: 140, silentEnd: true } as const;
  const closedAtMs = aheadMs - 2000;
  document.probe = {
    intervalMs: 140,
    startedAtMs: 0.25,
    finishedAtMs: endMs,
    timescaledb: probedStore({ ...story, closedAtMs, openedAtMs: aheadMs + 1990, lost: [8, 9] }),
    redis: probedStore({ ...story, closedAtMs, openedAtMs: aheadMs + 1960 }),
  };
  if (document.unplanned) document.unplanned.recoveryMs = { timescaledb: 2061.125, redis: 2061.125 };
  return record(document);
}
