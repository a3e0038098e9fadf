import type { EvidenceDocument } from "../../evidence/document";
import type { Verdict } from "../../evidence/verify/verify-evidence";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { STEP_NAMES, type StepName } from "../../settings/steps";
import { cutSpansOf, gapIsSwap, rounded } from "./cut-spans";
import { keyed } from "./distribution";

/** What the probe counted in one store; null is "could not be read back". */
export interface EventCounts {
  readonly acknowledged: number | null;
  readonly lost: number | null;
  readonly duplicated: number | null;
  readonly phantom: number | null;
}

/** One swap of a benchmark. What could not be measured is null, never zero. */
export interface SwapRecord {
  readonly drillId: string;
  /** Null when the swap ended before it had chosen its direction. */
  readonly fromHost: string | null;
  readonly toHost: string | null;
  /** Why this swap does not count as a success, or null when it is one: every step passed and the verifier accepted the evidence. */
  readonly failure: string | null;
  /** Time between two writes of the probe to one store, milliseconds: no gap is read finer than this. */
  readonly probeIntervalMs: number | null;
  /** Longest gap between two acknowledged writes, milliseconds. */
  readonly outageMs: Readonly<Record<StoreName, number | null>>;
  /** True when that gap is the one around the store's promotion, false when clients waited longer at another moment of the drill. */
  readonly outageIsSwap: Readonly<Record<StoreName, boolean | null>>;
  readonly events: Readonly<Record<StoreName, EventCounts>>;
  readonly rewound: boolean | null;
  readonly fullSyncs: number | null;
  readonly stepMs: Readonly<Record<StepName, number | null>>;
  readonly cutMs: Readonly<Record<string, number | null>>;
}

/** How long each step took, milliseconds; null for one that did not run. */
export function stepTimes({ steps }: Pick<EvidenceDocument, "steps">): Record<StepName, number | null> {
  return keyed(STEP_NAMES, (name) => {
    const step = steps.find((one) => one.step === name);
    const ran = step !== undefined && step.status !== "skipped";
    return ran ? rounded(step.finishedAtMs - step.startedAtMs) : null;
  });
}

/** A swap that left no evidence: everything about it is unknown but the reason. */
export function recordWithoutEvidence(drillId: string, failure: string): SwapRecord {
  return {
    drillId,
    fromHost: null,
    toHost: null,
    failure,
    probeIntervalMs: null,
    outageMs: keyed(STORE_NAMES, () => null),
    outageIsSwap: keyed(STORE_NAMES, () => null),
    events: keyed(STORE_NAMES, () => ({ acknowledged: null, lost: null, duplicated: null, phantom: null })),
    rewound: null,
    fullSyncs: null,
    stepMs: keyed(STEP_NAMES, () => null),
    cutMs: {},
  };
}

/** What a benchmark keeps of a swap's evidence. A failed swap keeps its figures: they were measured. */
export function recordOf(document: EvidenceDocument, verdict: Verdict): SwapRecord {
  const { drill, probe, postgres, redis } = document;
  return {
    drillId: drill.id,
    fromHost: drill.fromHost,
    toHost: drill.toHost,
    failure: failureOf(document, verdict),
    probeIntervalMs: probe?.intervalMs ?? null,
    outageMs: keyed(STORE_NAMES, (store) => probe?.[store].longestGapMs ?? null),
    outageIsSwap: keyed(STORE_NAMES, (store) => gapIsSwap(document, store)),
    events: keyed(STORE_NAMES, (store) => {
      const counts = probe?.[store].counts;
      return {
        acknowledged: counts?.acknowledged ?? null,
        lost: counts?.lost ?? null,
        duplicated: counts?.duplicated ?? null,
        phantom: counts?.phantom ?? null,
      };
    }),
    rewound: postgres.rewound,
    fullSyncs: redis.fullSyncs,
    stepMs: stepTimes(document),
    cutMs: cutSpansOf(document),
  };
}

/** Why a drill does not count as a success: the step that failed and its reason, or the rules that refuse its evidence; else null. */
export function failureOf(
  { success, failedStep, steps }: Pick<EvidenceDocument, "success" | "failedStep" | "steps">,
  verdict: Verdict,
): string | null {
  if (!success || failedStep !== null) {
    const failure = steps.find((one) => one.step === failedStep)?.failure;
    return `${failedStep ?? "no step"} failed: ${failure?.reason ?? "no reason is in the evidence"}`;
  }
  switch (verdict.verdict) {
    case "accepted":
      return null;
    case "refused":
      return `evidence refused by ${[...new Set(verdict.violations.map((one) => one.rule))].join(", ")}`;
    case "unverifiable":
      return `evidence not verifiable: ${verdict.reason}`;
  }
}
