import type { EvidenceDocument } from "../document";
import { dataSyncLagEvents, probeSawItAll, UNKNOWN } from "../env-values";
import type { StoreName } from "../../settings/services";

/** Acknowledged events that an executed drill lost, over both stores; null when that is not known, as in a dry run. */
export function lossOf(document: EvidenceDocument): number | null {
  return document.drill.mode === "execute" ? dataSyncLagEvents(document) : null;
}

/** The same of one store. */
export function storeLossOf(document: EvidenceDocument, store: StoreName): number | null {
  const counted = document.drill.mode === "execute" && probeSawItAll(document);
  return counted ? (document.probe?.[store].counts.lost ?? null) : null;
}

/** How long a store's clients were without an acknowledged write, in milliseconds; null when the probe did not see it begin. */
export function outageOf(document: EvidenceDocument, store: StoreName): number | null {
  return probeSawItAll(document) ? (document.probe?.[store].longestGapMs ?? null) : null;
}

/** First step's start to the first acknowledged write on the new primary of an unplanned drill, in milliseconds. */
export function recoveryOf({ unplanned }: EvidenceDocument, store: StoreName): number | null {
  return unplanned?.recoveryMs[store] ?? null;
}

/** Any figure in words. Null is "unknown", never zero. */
export function orUnknown(value: string | number | boolean | null | undefined): string {
  return value === null || value === undefined ? UNKNOWN : String(value);
}

/** A time in milliseconds: `116.7 ms`, from one second on `1.929 s`; null is "unknown". */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return UNKNOWN;
  return milliseconds < 999.95 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(3)} s`;
}

/** A moment after the drill began, always in seconds so that a column of them lines up: `1.8801 s`. */
export function moment(milliseconds: number | null | undefined): string {
  return milliseconds === null || milliseconds === undefined ? UNKNOWN : `${(milliseconds / 1000).toFixed(4)} s`;
}

/** A number with its noun: `1 check`, `3 checks`, `unknown checks`. */
export function counted(count: number | null | undefined, noun: string): string {
  return `${orUnknown(count)} ${noun}${count === 1 ? "" : "s"}`;
}
