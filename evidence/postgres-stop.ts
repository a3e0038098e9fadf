import { z } from "zod";

const milliseconds = z.number().nonnegative();

/**
 * How the old primary was stopped in a planned drill, and what clients may have waited at most. Milliseconds; null is not
 * known.
 */
export const stopSchema = z.strictObject({
  /** Sessions of clients that were ended while the server still ran. */
  sessionsEnded: z.number().int().nonnegative(),
  /** The longest that the stop may take; then the server is ended at once. */
  boundMs: milliseconds,
  /** From the order to the end of the server; null when it was not told to stop. */
  tookMs: milliseconds.nullable(),
  /**
   * Present when the stop hung and the server was ended at once: from its end until it took writes again, by crash
   * recovery. Null when it did not.
   */
  recoveryMs: milliseconds.nullable().optional(),
});
