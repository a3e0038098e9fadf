import { STORE_NAMES, type StoreName } from "../../settings/services";
import type { EvidenceDocument, ProbeStoreEvidence } from "../document";
import type { Finding } from "./rule";

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
