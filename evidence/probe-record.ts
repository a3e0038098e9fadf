import { z } from "zod";

const milliseconds = z.number().nonnegative();
const count = z.number().int().nonnegative();

/**
 * Every write attempt of the probe at one store, compact: parallel arrays of equal length, one entry an attempt.
 * Times are milliseconds on the drill's clock with microsecond resolution. Of a standing probe the record begins some
 * seconds before the failure, or with the first event that did not come through.
 */
export const probeSamplesSchema = z.strictObject({
  /** Event number of the attempt; a number is attempted once, unless the server refused it outright and it is tried elsewhere. */
  seq: z.array(count),
  invokeMs: z.array(milliseconds),
  /** When the attempt ended: the acknowledgement's or the error's time; null while it never did. */
  endMs: z.array(milliseconds.nullable()),
  /** `a` acknowledged, `r` refused by the server (certainly not written), `i` indeterminate (may or may not have been written). */
  outcome: z.array(z.enum(["a", "r", "i"])),
  /** Index into `endpoints`. */
  endpoint: z.array(count),
});

/** What the probe wrote to one store, what it found afterwards, and the figures that follow from the samples. */
export const probeStoreSchema = z.strictObject({
  endpoints: z.array(z.string()),
  samples: probeSamplesSchema,
  /** Event numbers found on the new primary at the end, as [first, last] ranges, ascending; null when it could not be read back. */
  found: z.array(z.tuple([count, count])).nullable(),
  /** Event numbers found more than once. */
  duplicatedSeqs: z.array(count),
  counts: z.strictObject({
    acknowledged: count,
    refused: count,
    indeterminate: count,
    /** Acknowledged and not found. Null when it could not be read back: null is never zero. */
    lost: count.nullable(),
    /** Found more than once. */
    duplicated: count.nullable(),
    /** Found, but never attempted, or refused outright. */
    phantom: count.nullable(),
  }),
  /** Longest time between two consecutive acknowledgements; null with fewer than two. */
  longestGapMs: milliseconds.nullable(),
  /** When that gap began and ended. */
  gap: z.strictObject({ fromMs: milliseconds, toMs: milliseconds }).nullable(),
});

/** The probe's record of both stores. Times are milliseconds on the drill's clock. */
export const probeSchema = z.strictObject({
  intervalMs: milliseconds,
  startedAtMs: milliseconds,
  finishedAtMs: milliseconds,
  timescaledb: probeStoreSchema,
  redis: probeStoreSchema,
});
