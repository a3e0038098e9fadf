import { canonicalJson, sha256Of } from "./canonical-json";
import type { EvidenceDocument } from "./document";

/** What a drill was started with. It is settled before the first step, and nothing may change it afterwards. */
export type DrillTerms = Pick<
  EvidenceDocument["drill"],
  | "id"
  | "nonce"
  | "mode"
  | "kind"
  | "environment"
  | "fromHost"
  | "toHost"
  | "furtherServices"
  | "storesOnly"
  | "pendingChanges"
  | "basis"
> &
  Pick<EvidenceDocument, "objectives">;

/** What a drill found out, as the sections of its document. */
export type FoundSections = Pick<
  EvidenceDocument,
  | "topology"
  | "lagBefore"
  | "fences"
  | "unplanned"
  | "postgres"
  | "redis"
  | "probe"
  | "clients"
  | "continuity"
  | "findings"
  | "hooks"
  | "services"
  | "versions"
>;

/**
 * sha256, in lower-case hexadecimal, of what a drill was started with and has found out. Each step's result carries it
 * from the moment the step ends, so that a section of another run, or another nonce, does not fit the steps.
 * What is computed from the samples when the document is composed is left out: `recoveryMs` and `probeSawFailure`.
 */
export function factsSha256(terms: DrillTerms, found: FoundSections): string {
  const unplanned = found.unplanned && { ...found.unplanned, recoveryMs: undefined, probeSawFailure: undefined };
  return sha256Of(canonicalJson({ terms, found: { ...found, unplanned } }));
}

/** The digest that the document's own terms and sections give. */
export function factsSha256Of(document: EvidenceDocument): string {
  const { id, nonce, mode, kind, environment, fromHost, toHost } = document.drill;
  const { furtherServices, storesOnly, pendingChanges, basis } = document.drill;
  const { topology, lagBefore, fences, unplanned, postgres, redis, probe, services, versions, objectives } = document;
  const { clients, continuity, findings, hooks } = document;
  return factsSha256(
    {
      ...{ id, nonce, mode, kind, environment, fromHost, toHost, objectives },
      ...(furtherServices === undefined ? {} : { furtherServices }),
      ...(storesOnly === undefined ? {} : { storesOnly }),
      ...(pendingChanges === undefined ? {} : { pendingChanges }),
      ...(basis === undefined ? {} : { basis }),
    },
    {
      ...{ topology, lagBefore, fences, unplanned, postgres, redis, probe, services, versions },
      ...(clients === undefined ? {} : { clients }),
      ...(continuity === undefined ? {} : { continuity }),
      ...(findings === undefined ? {} : { findings }),
      ...(hooks === undefined ? {} : { hooks }),
    },
  );
}
