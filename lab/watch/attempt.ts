import { z } from "zod";
import { STORE_NAMES } from "../../settings/services";

/** One write that was tried, in milliseconds of the machine's monotonic clock, which all processes of the lab share. */
export interface Attempt {
  readonly startMs: number;
  readonly endMs: number;
  /** Whether the server acknowledged it. A refusal, a silence and a broken connection are all none. */
  readonly accepted: boolean;
}

/** The same with its number, which is what was written: it counts the attempts of one store of one host from 1. */
export interface NumberedAttempt extends Attempt {
  readonly number: number;
}

/** What a writer process is told, as one JSON line on its stdin. It writes until its stdin is closed. */
export const writerOrderSchema = z.strictObject({
  host: z.string(),
  address: z.string(),
  /** Names this watch in what is written. */
  run: z.string(),
  intervalMs: z.number().positive(),
  /** A server that has not answered by then is given up and connected to anew. */
  timeoutMs: z.number().positive(),
  postgres: z.strictObject({
    ...{ port: z.number().int(), database: z.string(), user: z.string(), password: z.string() },
    // Whom it believes, PEM: plain without.
    ca: z.string().optional(),
  }),
  redis: z.strictObject({ port: z.number().int(), password: z.string(), ca: z.string().optional() }),
});
/** What a writer process is told. */
export type WriterOrder = z.infer<typeof writerOrderSchema>;

/** What a writer process says, one JSON line an attempt: store, number, start, end, accepted, and the reason when it was not. */
export const writerLineSchema = z.tuple([
  z.enum(STORE_NAMES),
  z.number().int(),
  z.number(),
  z.number(),
  z.boolean(),
  z.string().optional(),
]);

/** Milliseconds of the machine's monotonic clock. */
export function machineMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}
