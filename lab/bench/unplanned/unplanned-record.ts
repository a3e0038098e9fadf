import type { EvidenceDocument } from "../../../evidence/document";
import type { Verdict } from "../../../evidence/verify/verify-evidence";
import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { STEP_NAMES, type StepName } from "../../../settings/steps";
import { keyed } from "../distribution";
import { failureOf, stepTimes } from "../swap-record";

/**
 * How the primary was gone. `answers`: both stores are dead and stay dead; their host's engine and ports answer at once. `silent`: the
 * host has lost its power and nothing answers.
 */
export const GONE_KINDS = ["answers", "silent"] as const;
/** How the primary was gone. */
export type GoneKind = (typeof GONE_KINDS)[number];

/** One unplanned failover of a benchmark. What could not be measured is null, never zero; times are milliseconds. */
export interface UnplannedRecord {
  readonly drillId: string;
  readonly gone: GoneKind;
  readonly fromHost: string | null;
  readonly toHost: string | null;
  /** Why it does not count as a success, or null when the service came back and the verifier accepted the evidence. */
  readonly failure: string | null;
  /** First step's start to the first acknowledged event on the promoted host: signals, fence and promotion are in it. */
  readonly recoveryMs: Readonly<Record<StoreName, number | null>>;
  /** Longest gap between two acknowledged events: as clients saw it, the time until somebody ran the command included. */
  readonly outageMs: Readonly<Record<StoreName, number | null>>;
  readonly lost: Readonly<Record<StoreName, number | null>>;
  readonly stepMs: Readonly<Record<StepName, number | null>>;
  /** How each store was fenced. */
  readonly fences: Readonly<Record<StoreName, string | null>>;
}

/** A failover that left no evidence: everything about it is unknown but the reason. */
export function unplannedWithoutEvidence(drillId: string, gone: GoneKind, failure: string): UnplannedRecord {
  return {
    ...{ drillId, gone, fromHost: null, toHost: null, failure },
    recoveryMs: keyed(STORE_NAMES, () => null),
    outageMs: keyed(STORE_NAMES, () => null),
    lost: keyed(STORE_NAMES, () => null),
    stepMs: keyed(STEP_NAMES, () => null),
    fences: keyed(STORE_NAMES, () => null),
  };
}

/** What a benchmark keeps of an unplanned failover's evidence. */
export function unplannedRecordOf(document: EvidenceDocument, gone: GoneKind, verdict: Verdict): UnplannedRecord {
  const { drill, probe, unplanned, fences } = document;
  return {
    ...{ drillId: drill.id, gone, fromHost: drill.fromHost, toHost: drill.toHost },
    // A primary that is gone cannot be demoted: that step may fail in a success.
    failure: failureOf(document.success ? { ...document, failedStep: null } : document, verdict),
    recoveryMs: keyed(STORE_NAMES, (store) => unplanned?.recoveryMs[store] ?? null),
    outageMs: keyed(STORE_NAMES, (store) => probe?.[store].longestGapMs ?? null),
    lost: keyed(STORE_NAMES, (store) => probe?.[store].counts.lost ?? null),
    stepMs: stepTimes(document),
    fences: keyed(STORE_NAMES, (store) => fences.find((one) => one.store === store)?.method ?? null),
  };
}
