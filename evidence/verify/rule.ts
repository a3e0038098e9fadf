import type { ServiceContinuity } from "../continuity";
import type { EvidenceDocument, ProbeStoreEvidence } from "../document";
import type { EnvValues } from "../env-contract";
import type { PendingOperation } from "../pending-operations";
import type { AcceptedEvidence } from "./accepted-evidence";
import { STORE_NAMES, type StoreName } from "../../settings/services";

export { promotedAtMs, promotionMark, stepOf } from "../recovery-figures";

/** What the one who asks for a verdict expects of the evidence. */
export interface Expectations {
  readonly mode: "dry-run" | "execute";
  /** Greatest FAILOVER_DURATION_SECONDS, and greatest outage, that is accepted. */
  readonly maxFailoverSeconds: number;
  /**
   * Most statements of ordinary clients that may have ended in an error, for each store; absent when clients are not asked
   * for. A store beside which no load ran is not accepted.
   */
  readonly maxClientErrors?: number;
  /** Greatest DATA_SYNC_LAG_EVENTS that is accepted. */
  readonly maxDataLagEvents: number;
  /** The gate's nonce, which the evidence must carry; null when none is asked for. */
  readonly nonce: string | null;
  /** How old the evidence may be at `now`; null when its age does not matter. */
  readonly freshness: { readonly maxAgeSeconds: number; readonly now: Date } | null;
  /** Whether a drill of the two stores only is accepted too; absent: it is not. */
  readonly storesOnly?: boolean;
  /** What this gate has accepted before; absent when no ledger is kept. */
  readonly accepted?: readonly AcceptedEvidence[];
}

/** What was found against a rule: the key (an `.env` key, or a path into the document), its value, and the limit. */
export interface Finding {
  readonly key: string;
  readonly value: string;
  readonly limit: string;
}

/** A finding, with the rule that it breaks. */
export interface Violation extends Finding {
  readonly rule: string;
}

/** Well-formed evidence, ready to be judged. */
export interface Evidence {
  readonly env: EnvValues;
  readonly document: EvidenceDocument;
  /** What the engine had not finished on the stack that the evidence comes from; absent when it comes from a file. */
  readonly pendingOperations?: readonly PendingOperation[];
}

/** One rule: its id, the sentence a person reads, and the check, which gives back what breaks it. */
export interface Rule {
  readonly id: string;
  readonly sentence: string;
  readonly check: (evidence: Evidence, expectations: Expectations) => readonly Finding[];
}

/** A finding of any value; `null` reads `unknown`, because null is never zero. */
export function finding(key: string, value: string | number | boolean | null | undefined, limit: string): Finding {
  return { key, value: value === null || value === undefined ? "unknown" : String(value), limit };
}

/** The findings of those comparisons that do not hold. */
export function unless(
  holds: boolean,
  key: string,
  value: string | number | boolean | null | undefined,
  limit: string,
): Finding[] {
  return holds ? [] : [finding(key, value, limit)];
}

/** An executed drill that says it succeeded: what the rules of success apply to. */
export function claimsSwap({ success, drill }: EvidenceDocument): boolean {
  return success && drill.mode === "execute";
}

/** An executed drill of the planned kind that says it succeeded. */
export function claimsPlannedSwap(document: EvidenceDocument): boolean {
  return claimsSwap(document) && document.drill.kind === "planned";
}

/** An executed drill of the unplanned kind that says it succeeded. */
export function claimsUnplannedSwap(document: EvidenceDocument): boolean {
  return claimsSwap(document) && document.drill.kind === "unplanned";
}

/** A drill that all services took part in: what the rules of the other services' data apply to. */
export function isOfAllServices({ drill }: EvidenceDocument): boolean {
  return drill.storesOnly !== true;
}

/** One store as the probe saw it, with what a rule needs to judge it. */
export interface ProbedStore extends ProbeStoreEvidence {
  readonly name: StoreName;
  /** Path of the store's evidence in the document. */
  readonly key: string;
}

/** Applies a check to each store the probe wrote to; nothing without a probe. */
export function ofProbedStores(
  document: EvidenceDocument,
  check: (store: ProbedStore) => readonly Finding[],
): Finding[] {
  const { probe } = document;
  if (probe === null) return [];
  return STORE_NAMES.flatMap((name) => check({ ...probe[name], name, key: `document.probe.${name}` }));
}

/** Applies a check to what the document says of each service's data; nothing where it says nothing of them. */
export function ofServices(
  { continuity }: EvidenceDocument,
  check: (one: ServiceContinuity, key: string) => readonly Finding[],
): Finding[] {
  return (continuity?.services ?? []).flatMap((one, index) => check(one, `document.continuity.services[${index}]`));
}
