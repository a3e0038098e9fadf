import { z } from "zod";
import { lsnText } from "../../evidence/proof";
import { divergedContentSchema } from "./diverged";
import { lostEventSchema } from "./manifest";

const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime({ precision: 3 });

/** What was saved before anything was given up, and where it lies on the host that came back. */
export const salvageSummarySchema = z.strictObject({
  volume: z.string(),
  /** Folder in the store's container. */
  folder: z.string(),
  bytes: count,
  files: count,
  /** The old data folder itself is in it; absent in a report of an older version. */
  keptFolder: z.boolean().optional(),
  manifestSha256: z.string(),
  /** Null when they could not be listed: null is never zero. */
  lostEvents: count.nullable(),
  notListed: z.string().nullable(),
  /** The first of the lost events; all of them are in `lost-events.jsonl` of the folder. */
  listed: z.array(lostEventSchema),
  listedAll: z.boolean(),
});

/** How PostgreSQL came back, why in this way, and what was saved before anything was given up. */
export const postgresReturnSchema = z.strictObject({
  how: z.enum(["already-following", "followed", "rewound", "cloned"]),
  why: z.string().min(1),
  diverged: z
    .strictObject({
      timeline: z.number().int().positive(),
      fromLsn: lsnText,
      toLsn: lsnText.nullable(),
      content: divergedContentSchema.optional(),
    })
    .nullable(),
  salvage: salvageSummarySchema.nullable(),
});

/** How Redis came back, which keys only the returning host had, and what was saved of them. */
export const redisReturnSchema = z.strictObject({
  how: z.enum(["already-following", "followed"]),
  /** How the primary brought it up to date; `unknown` when it followed before this run looked. */
  sync: z.enum(["full", "partial", "unknown"]),
  keys: z
    .strictObject({ examined: count, complete: z.boolean(), missing: count, listed: z.array(z.string()) })
    .nullable(),
  sample: z.strictObject({ compared: count, differing: count }).nullable(),
  salvage: salvageSummarySchema.nullable(),
});

/** What a return leaves behind as evidence, in `docs/results/rejoin_<host>_<date>.json`. */
export const rejoinReportSchema = z.strictObject({
  version: z.literal(1),
  kind: z.literal("rejoin"),
  environment: z.string(),
  host: z.string(),
  primary: z.string(),
  /** The drill that took the primary's role from this host; null when neither host remembers it. */
  drillId: z.string().nullable(),
  startedAt: timestamp,
  finishedAt: timestamp,
  success: z.boolean(),
  failure: z.strictObject({ reason: z.string().min(1), next: z.string().min(1) }).nullable(),
  /** When both stores were seen to stream again; null when they were not, or had been all the time. */
  unprotectedUntil: timestamp.nullable(),
  /** Null when the return ended before this store's turn. */
  timescaledb: postgresReturnSchema.nullable(),
  redis: redisReturnSchema.nullable(),
});

/** What was saved of one store, and where. */
export type SalvageSummary = z.infer<typeof salvageSummarySchema>;
/** How PostgreSQL came back. */
export type PostgresReturn = z.infer<typeof postgresReturnSchema>;
/** How Redis came back. */
export type RedisReturn = z.infer<typeof redisReturnSchema>;
/** The evidence of one return. */
export type RejoinReport = z.infer<typeof rejoinReportSchema>;
