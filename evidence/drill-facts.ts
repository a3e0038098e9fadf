import type { Basis } from "./basis";
import type { EvidenceDocument, Failure, StepResult } from "./document";
import type { DrillRequest } from "./drill-request";
import { type DrillTerms, factsSha256, type FoundSections } from "./facts-digest";
import { furtherServices } from "./service-terms";
import type { DrillBasis } from "../settings/drill-config";
import type { Environment } from "../settings/environment";

/** An end of a step other than `passed` after which the drill goes on all the same. */
export type StepEnding =
  /** The operator has decided, in words, to go on without what the step would have proved. */
  | { readonly status: "bypassed" }
  /** It could not do its work, and what it is for is proved another way. */
  | { readonly status: "failed"; readonly failure: Failure };

/** What a drill finds out, in the words of the evidence. Every step adds its own part. */
export type DrillFacts = Pick<
  EvidenceDocument,
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
> & {
  topologyBefore: EvidenceDocument["topology"]["before"];
  topologyAfter: EvidenceDocument["topology"]["after"];
};

/** What the drill found out, as the sections of its document. */
export function sectionsOf({ topologyBefore, topologyAfter, ...sections }: DrillFacts): FoundSections {
  return { topology: { before: topologyBefore, after: topologyAfter }, ...sections };
}

/** What one step leaves: its result, and everything the drill has found out up to then. */
export interface StepOutput {
  readonly result: StepResult;
  readonly facts: DrillFacts;
}

/** Nothing is known yet: null everywhere, never zero. */
export function noFacts(): DrillFacts {
  return {
    topologyBefore: null,
    topologyAfter: null,
    lagBefore: null,
    fences: [],
    unplanned: null,
    postgres: {
      seal: null,
      receivedLsn: null,
      replayedLsn: null,
      newTimeline: null,
      switchPointLsn: null,
      rewound: null,
    },
    redis: {
      replicationId: null,
      sealedOffset: null,
      replicaOffset: null,
      fullSyncs: null,
      partialSyncs: null,
      contentCompared: null,
    },
    probe: null,
    services: [],
    versions: {},
  };
}

/** What was rehearsed, in the words of the evidence. */
export function evidenceBasis(asked: DrillBasis): Basis {
  const { program, images } = asked;
  return {
    ...{ program, images },
    environmentFileSha256: asked.environment_file_sha256,
    settingsSha256: asked.settings_sha256,
    keysSha256: asked.keys_sha256,
  };
}

/** What a drill is started with, in the words of the evidence. */
export function drillTerms(
  {
    id,
    nonce,
    mode,
    kind,
    fromHost,
    toHost,
    pending_changes: pending,
    basis,
    stores_only: storesOnly,
  }: Omit<DrillRequest, "environmentFile">,
  { name, objectives }: Pick<Environment, "name" | "objectives">,
): DrillTerms {
  const further = furtherServices(kind);
  const lost = kind === "planned" ? objectives.max_data_lag_events : objectives.max_unplanned_loss_events;
  return {
    ...{ id, nonce, mode, kind, environment: name, fromHost, toHost },
    ...(further.length === 0 ? {} : { furtherServices: further }),
    ...(storesOnly === true ? { storesOnly } : {}),
    ...(pending === undefined ? {} : { pendingChanges: { seenIn: pending.seen_in, changes: pending.changes } }),
    ...(basis === undefined ? {} : { basis: evidenceBasis(basis) }),
    objectives: { maxFailoverSeconds: objectives.max_failover_seconds, maxDataLagEvents: lost },
  };
}

/**
 * What a step leaves, with the digest that ties it to its run. It is made when the step ends, before anything is kept:
 * a nonce or an objective that is changed later does not fit what was recorded.
 */
export function recorded<T extends StepOutput>(output: T, terms: DrillTerms): T {
  const digest = factsSha256(terms, sectionsOf(output.facts));
  return { ...output, result: { ...output.result, factsSha256: digest } };
}
