import type { EvidenceDocument, Fence } from "../../evidence/document";
import { dryRunEvidence, record, timestampAt, unplannedEvidence } from "./valid-evidence";
import { probedStore } from "./valid-probe";

function fencedBy(document: EvidenceDocument, method: Fence["method"], detail: string): void {
  document.fences = document.fences.map((fence) => ({ ...fence, method, detail }));
  document.failedStep = null;
}

/** An unplanned drill in which the old primary's engine answered and stopped both stores: its demotion passed. */
export function stoppedByEngineEvidence(): EvidenceDocument {
  const document = unplannedEvidence();
  fencedBy(document, "container-stopped", "not running, seen twice; its port refuses, seen twice");
  Object.assign(document.steps[2] ?? {}, {
    status: "passed",
    failure: null,
    checks: [{ name: "container runs", host: "host-a", measured: false, limit: false, ok: true }],
    marks: [{ name: "stopped", host: "host-a", atMs: 1870 }],
  });
  return record(document);
}

/** An unplanned drill against a primary that lived, out of the operator's reach: it was stopped through the standby. */
export function stoppedThroughStandbyEvidence(): EvidenceDocument {
  const document = stoppedByEngineEvidence();
  document.fences = document.fences.map((fence) => ({ ...fence, method: "own-port", detail: "seen twice" }));
  for (const signal of document.unplanned?.signals ?? []) {
    if (signal.observer === "standby") Object.assign(signal, { gone: false, detail: "answers as primary" });
  }
  return record(document);
}

/** An unplanned drill of a primary whose PostgreSQL lived and let nobody in: it was stopped on the operator's word. */
export function stoppedUnservedEvidence(): EvidenceDocument {
  const document = stoppedByEngineEvidence();
  for (const signal of document.unplanned?.signals ?? []) {
    const full = { gone: false, code: "53300", detail: "lives, and lets nobody in: 53300" };
    Object.assign(signal, signal.store === "timescaledb" ? full : { gone: false, detail: "answers as primary" });
  }
  return record(document);
}

/** An unplanned drill in which nothing could be proved of the old primary, and an operator said in words to go on. */
export function acceptedUnfencedEvidence(): EvidenceDocument {
  const document = unplannedEvidence();
  const reason = "rack is without power";
  fencedBy(document, "accepted-unfenced", `sam: ${reason}`);
  Object.assign(document.steps[2] ?? {}, { status: "bypassed", failure: null });
  if (document.unplanned) document.unplanned.acceptedUnfenced = { reason, operator: "sam", at: timestampAt(1500) };
  return record(document);
}

/** An unplanned drill whose probe began when the old primary was gone already: what was lost then is not known. */
export function unseenFailureEvidence(): EvidenceDocument {
  const document = unplannedEvidence();
  const story = { endpoints: ["host-a", "host-b"], startMs: 500, endMs: 3500, everyMs: 140, closedAtMs: 0 } as const;
  if (document.probe === null) throw new Error("no probe");
  document.probe.timescaledb = probedStore({ ...story, openedAtMs: 1990 });
  document.probe.redis = probedStore({ ...story, openedAtMs: 1960 });
  if (document.unplanned) document.unplanned.probeSawFailure = false;
  return record(document);
}

/** A dry run of an unplanned drill: the old primary was seen to be gone, and nothing was done. */
export function unplannedDryRunEvidence(): EvidenceDocument {
  const document = dryRunEvidence();
  const { unplanned } = unplannedEvidence();
  document.drill.kind = "unplanned";
  document.unplanned = unplanned && {
    ...unplanned,
    probeSawFailure: false,
    recoveryMs: { timescaledb: null, redis: null },
    unprotectedSince: null,
  };
  return record(document);
}
