import type { EvidenceDocument } from "../document";
import { stepOf, type Expectations } from "./rule";

/**
 * What a drill's own document lets one expect of it: the objectives it was started with. A dry run counts how far the
 * standby is behind, so it is held against the limit that its own lag check used.
 */
export function ownExpectations(document: EvidenceDocument): Expectations {
  const { drill, objectives } = document;
  return {
    mode: drill.mode,
    maxFailoverSeconds: objectives.maxFailoverSeconds,
    maxDataLagEvents: drill.mode === "dry-run" ? lagLimit(document) : objectives.maxDataLagEvents,
    nonce: null,
    freshness: null,
  };
}

function lagLimit(document: EvidenceDocument): number {
  const limits = stepOf(document, "backup-sync-check")
    ?.checks.filter((check) => check.name.endsWith("lag, events"))
    .map((check) => check.limit)
    .filter((limit) => typeof limit === "number");
  return Math.max(document.objectives.maxDataLagEvents, ...(limits ?? []));
}
