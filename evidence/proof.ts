import { z } from "zod";
import { stopSchema } from "./postgres-stop";

/** A PostgreSQL log sequence number in its usual text form, such as `0/3000150`. */
export const lsnText = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

const count = z.number().int().nonnegative();

/** What the demoted primary left behind when it had stopped cleanly. */
export const sealSchema = z.strictObject({
  systemIdentifier: z.string().regex(/^\d+$/),
  timeline: z.number().int().positive(),
  checkpointLsn: lsnText,
  /** End of the shutdown checkpoint record: the position the standby must have received and replayed. */
  endLsn: lsnText,
  clusterState: z.literal("shut down"),
});

/**
 * What proves that PostgreSQL lost nothing: the old primary's last position, and where the standby was when it took
 * over. Null is not known.
 */
export const postgresProofSchema = z.strictObject({
  seal: sealSchema.nullable(),
  receivedLsn: lsnText.nullable(),
  replayedLsn: lsnText.nullable(),
  newTimeline: z.number().int().positive().nullable(),
  switchPointLsn: lsnText.nullable(),
  rewound: z.boolean().nullable(),
  /** Absent from evidence that is older than this section, and from a drill that came to no stop. */
  stop: stopSchema.optional(),
});

/**
 * What proves that Redis lost nothing: both offsets, in bytes of the replication stream, and a comparison of contents.
 * Null is not known.
 */
export const redisProofSchema = z.strictObject({
  replicationId: z.string().nullable(),
  sealedOffset: count.nullable(),
  replicaOffset: count.nullable(),
  fullSyncs: count.nullable(),
  partialSyncs: count.nullable(),
  contentCompared: z
    .strictObject({
      journalEntries: count,
      sampledKeys: count,
      differing: count,
      /** Keys that were never seen at the same offset on both; absent when there were none. */
      undecided: count.optional(),
    })
    .nullable(),
});
