import type { EvidenceDocument } from "../../document";
import { UNKNOWN } from "../../env-values";
import { claimsPlannedSwap, claimsSwap, claimsUnplannedSwap, unless, type Finding, type Rule } from "../rule";

/** What a success claims is known: null is never zero. */
export const knowledgeRules: readonly Rule[] = [
  {
    id: "nothing-unknown",
    sentence: "a success knows everything that it claims",
    check: ({ env, document }) => [
      ...keyFaults(env, document),
      ...unknownFaults(document).map((key) => ({ key, value: UNKNOWN, limit: "a value, since success=true" })),
    ],
  },
];

function keyFaults(
  env: { FAILOVER_OUTAGE_SECONDS: string; DATA_SYNC_LAG_EVENTS: string },
  document: EvidenceDocument,
): Finding[] {
  if (!document.success) return [];
  const outage = env.FAILOVER_OUTAGE_SECONDS;
  const lag = env.DATA_SYNC_LAG_EVENTS;
  return [
    ...unless(document.drill.mode === "dry-run" || outage !== UNKNOWN, "FAILOVER_OUTAGE_SECONDS", outage, "a value"),
    ...unless(lag !== UNKNOWN, "DATA_SYNC_LAG_EVENTS", lag, "a value, since success=true"),
  ];
}

/** Paths of what a successful drill of this kind must know and does not. */
function unknownFaults(document: EvidenceDocument): string[] {
  const { postgres, redis, probe, lagBefore, drill, success, unplanned } = document;
  const needed: [string, unknown][] = [];
  if (success && drill.kind === "planned") {
    needed.push(
      ["lagBefore.timescaledb.events", lagBefore?.timescaledb.events],
      ["lagBefore.timescaledb.receiveBytes", lagBefore?.timescaledb.receiveBytes],
      ["lagBefore.timescaledb.replayBytes", lagBefore?.timescaledb.replayBytes],
      ["lagBefore.redis.events", lagBefore?.redis.events],
      ["lagBefore.redis.bytes", lagBefore?.redis.bytes],
    );
  }
  if (claimsSwap(document)) {
    needed.push(
      ["probe", probe],
      ["postgres.receivedLsn", postgres.receivedLsn],
      ["postgres.newTimeline", postgres.newTimeline],
      ["postgres.switchPointLsn", postgres.switchPointLsn],
    );
  }
  if (claimsUnplannedSwap(document)) {
    needed.push(
      ["unplanned.recoveryMs.timescaledb", unplanned?.recoveryMs.timescaledb],
      ["unplanned.recoveryMs.redis", unplanned?.recoveryMs.redis],
      ["unplanned.unprotectedSince", unplanned?.unprotectedSince],
    );
  }
  if (claimsPlannedSwap(document)) {
    needed.push(
      ["postgres.seal", postgres.seal],
      ["postgres.replayedLsn", postgres.replayedLsn],
      ["postgres.rewound", postgres.rewound],
      ["redis.replicationId", redis.replicationId || null],
      ["redis.sealedOffset", redis.sealedOffset],
      ["redis.fullSyncs", redis.fullSyncs],
      ["redis.partialSyncs", redis.partialSyncs],
    );
  }
  return needed.filter(([, value]) => value === null || value === undefined).map(([path]) => `document.${path}`);
}
