import type { StoreName } from "../../settings/services";
import type { EvidenceDocument } from "../evidence/document";
import { dataSyncLagEvents } from "../evidence/env-values";

/** Whether the probe was writing before the old primary failed; in a planned drill it always was, if it ran. */
export function probeSawItAll({ unplanned, probe }: EvidenceDocument): boolean {
  return probe !== null && (unplanned === null || unplanned.probeSawFailure);
}

/**
 * Acknowledged events that an executed drill lost, over both stores. Null when they could not be read back, and when
 * the probe began after the failure: what others had been promised before is then not known from its count.
 */
export function lossOf(document: EvidenceDocument): number | null {
  return document.drill.mode === "execute" && probeSawItAll(document) ? dataSyncLagEvents(document) : null;
}

/** How long a store's clients were without an acknowledged write, in milliseconds; null when the probe did not see it begin. */
export function outageOf(document: EvidenceDocument, store: StoreName): number | null {
  return probeSawItAll(document) ? (document.probe?.[store].longestGapMs ?? null) : null;
}

/** First step's start to the first acknowledged write on the new primary of an unplanned drill, in milliseconds. */
export function recoveryOf({ unplanned }: EvidenceDocument, store: StoreName): number | null {
  return unplanned?.recoveryMs[store] ?? null;
}

/** The longest outage over both stores; null when either is not known. */
export function longestOutage(document: EvidenceDocument): number | null {
  const outages = (["timescaledb", "redis"] as const).map((store) => outageOf(document, store));
  return outages.includes(null) ? null : Math.max(...outages.map(Number));
}
