import type { StoreName } from "../../settings/services";
import type { EvidenceDocument } from "../document";
import { dataSyncLagEvents, probeSawItAll } from "../env-values";

/** Acknowledged events that an executed drill lost, over both stores; null when that is not known, as in a dry run. */
export function lossOf(document: EvidenceDocument): number | null {
  return document.drill.mode === "execute" ? dataSyncLagEvents(document) : null;
}

/** How long a store's clients were without an acknowledged write, in milliseconds; null when the probe did not see it begin. */
export function outageOf(document: EvidenceDocument, store: StoreName): number | null {
  return probeSawItAll(document) ? (document.probe?.[store].longestGapMs ?? null) : null;
}

/** First step's start to the first acknowledged write on the new primary of an unplanned drill, in milliseconds. */
export function recoveryOf({ unplanned }: EvidenceDocument, store: StoreName): number | null {
  return unplanned?.recoveryMs[store] ?? null;
}
