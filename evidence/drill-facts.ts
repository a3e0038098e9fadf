import type { EvidenceDocument, StepResult } from "./document";
import type { FoundSections } from "./facts-digest";

/** What a drill finds out, in the words of the evidence. Every step adds its own part. */
export type DrillFacts = Pick<
  EvidenceDocument,
  "lagBefore" | "fences" | "unplanned" | "postgres" | "redis" | "probe" | "continuity" | "services" | "versions"
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
