import { lsnDistance, parseLsn } from "../../lsn";
import type { EvidenceDocument } from "../../document";
import { claimsPlannedSwap, claimsSwap, unless, type Finding, type Rule } from "../rule";

/** A checkpoint record takes about 120 bytes, and the header of a WAL page or a segment where it crosses one. */
const LARGEST_CHECKPOINT_RECORD_BYTES = 1024n;

/** PostgreSQL's proof that nothing was lost: the seal, what the standby had, and where the new timeline begins. */
export const postgresRules: readonly Rule[] = [
  {
    id: "seal-after-checkpoint",
    sentence:
      "the final WAL position is the end of the shutdown checkpoint record: after its start, and no further than one record",
    check: ({ document: { postgres } }) => {
      if (postgres.seal === null) return [];
      const { checkpointLsn, endLsn } = postgres.seal;
      const bytes = lsnDistance(parseLsn(checkpointLsn), parseLsn(endLsn));
      const limit = `1 to ${LARGEST_CHECKPOINT_RECORD_BYTES} bytes after ${checkpointLsn}, the record's start`;
      return unless(
        bytes > 0n && bytes <= LARGEST_CHECKPOINT_RECORD_BYTES,
        "document.postgres.seal.endLsn",
        endLsn,
        limit,
      );
    },
  },
  {
    id: "received-to-seal",
    sentence: "the standby had received and replayed everything up to the final WAL position",
    check: ({ document }) => {
      const { seal, receivedLsn, replayedLsn } = document.postgres;
      if (!judged(document) || seal === null) return [];
      return [
        ...compare("receivedLsn", receivedLsn, ">=", seal.endLsn, "the final WAL position"),
        ...compare("replayedLsn", replayedLsn, ">=", seal.endLsn, "the final WAL position"),
      ];
    },
  },
  {
    id: "replayed-within-timeline",
    sentence: "what was replayed lies before the switch point",
    check: ({ document }) => {
      const { replayedLsn, switchPointLsn } = document.postgres;
      if (!judged(document) || switchPointLsn === null) return [];
      return compare("replayedLsn", replayedLsn, "<=", switchPointLsn, "the switch point");
    },
  },
  {
    id: "timeline-follows",
    sentence: "the new timeline is the old primary's plus one",
    check: ({ document }) => {
      const { seal, newTimeline } = document.postgres;
      if (!judged(document) || seal === null) return [];
      const expected = seal.timeline + 1;
      return unless(newTimeline === expected, "document.postgres.newTimeline", newTimeline, `${expected}`);
    },
  },
  {
    id: "switch-point-at-seal",
    sentence: "the new timeline begins exactly at the final WAL position",
    check: ({ document }) => {
      const { seal, switchPointLsn } = document.postgres;
      if (!judged(document) || seal === null) return [];
      return compare("switchPointLsn", switchPointLsn, "=", seal.endLsn, "the final WAL position");
    },
  },
  {
    id: "no-rewind",
    sentence: "after a switchover the old primary follows without a rewind",
    check: ({ document }) =>
      unless(
        !claimsPlannedSwap(document) || document.postgres.rewound === false,
        "document.postgres.rewound",
        document.postgres.rewound,
        "false",
      ),
  },
  {
    id: "stop-within-bound",
    sentence:
      "where the stop of the old primary is told, it ended within its bound, and not at once with a crash recovery",
    check: ({ document }) => {
      const { stop } = document.postgres;
      if (!claimsPlannedSwap(document) || stop === undefined) return [];
      const { tookMs, boundMs, recoveryMs } = stop;
      return [
        ...unless(tookMs !== null && tookMs <= boundMs, "document.postgres.stop.tookMs", tookMs, `at most ${boundMs}`),
        ...unless(
          recoveryMs === undefined,
          "document.postgres.stop.recoveryMs",
          recoveryMs,
          "absent: no crash recovery",
        ),
      ];
    },
  },
];

function judged(document: EvidenceDocument): boolean {
  return claimsSwap(document);
}

type Relation = ">=" | "<=" | "=";

function compare(name: string, left: string | null, relation: Relation, right: string, what: string): Finding[] {
  const limit = `${relation} ${right} (${what})`;
  return unless(
    left !== null && holds(parseLsn(left), relation, parseLsn(right)),
    `document.postgres.${name}`,
    left,
    limit,
  );
}

function holds(left: bigint, relation: Relation, right: bigint): boolean {
  switch (relation) {
    case ">=":
      return left >= right;
    case "<=":
      return left <= right;
    case "=":
      return left === right;
  }
}
