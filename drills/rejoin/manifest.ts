import { z } from "zod";
import { lsnText } from "../../evidence/proof";
import { divergedContentSchema } from "./diverged";

const count = z.number().int().nonnegative();
const file = z.strictObject({
  path: z.string().min(1),
  bytes: count,
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

const common = {
  version: z.literal(1),
  host: z.string(),
  peer: z.string(),
  name: z.string(),
  madeAt: z.iso.datetime({ precision: 3 }),
  /** Events that only this host had; null when they could not be listed: null is never zero. */
  lostEvents: count.nullable(),
  /** Why they are not listed; then the old data are kept whole. */
  notListed: z.string().min(1).nullable(),
  /** Every other file of the salvage. */
  files: z.array(file),
};

/** `manifest.json` of a PostgreSQL salvage, written by the boot guard's child before anything is changed. */
export const postgresManifestSchema = z.strictObject({
  ...common,
  store: z.literal("timescaledb"),
  systemIdentifier: z.string(),
  timeline: z.number().int().positive(),
  fromLsn: lsnText,
  /** End of the last whole record; null when it could not be found. */
  toLsn: lsnText.nullable(),
  /** What the range holds; absent in a manifest of an older version. */
  diverged: divergedContentSchema.optional(),
});

/** `manifest.json` of a Redis salvage, written when the copy has been compared with the primary. */
export const redisManifestSchema = z.strictObject({
  ...common,
  store: z.literal("redis"),
  /** Keys that only this host had: how many were looked for, and which were missing, at most a few hundred. */
  keys: z
    .strictObject({ examined: count, complete: z.boolean(), missing: count, listed: z.array(z.string()) })
    .nullable(),
  /** Keys that both have, drawn at random, and how many of them differ: the primary has gone on since. */
  sample: z.strictObject({ compared: count, differing: count }).nullable(),
});

/** One line of `lost-events.jsonl`. */
export const lostEventSchema = z.strictObject({
  run: z.string(),
  /** Null for a stream entry that is no event of the journal. */
  seq: z.number().int().nullable(),
  /** PostgreSQL: when the row was written, by its own clock. Redis: the entry's id. */
  writtenAt: z.string(),
});

/** What a PostgreSQL salvage says that it holds. */
export type PostgresManifest = z.infer<typeof postgresManifestSchema>;
/** What a Redis salvage says that it holds. */
export type RedisManifest = z.infer<typeof redisManifestSchema>;
/** An event of the journal that only the returning host had. */
export type LostEvent = z.infer<typeof lostEventSchema>;

/** Reads the lines of `lost-events.jsonl`. @throws Error of zod when a line is not an event */
export function parseLostEvents(text: string): readonly LostEvent[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => lostEventSchema.parse(JSON.parse(line)));
}
