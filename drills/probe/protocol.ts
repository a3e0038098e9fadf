import { z } from "zod";
import { probeSchema } from "../../evidence/probe-record";
import { probeOptionsSchema } from "./options";

/** The endpoint, by name, on which each store's events are read back. */
export const readFromSchema = z.strictObject({ timescaledb: z.string(), redis: z.string() });

/** What the parent says to the probe's process: one JSON object a line on its stdin, `start` first. */
export const probeCommandSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("start"), options: probeOptionsSchema }),
  z.strictObject({ command: z.literal("finish"), readFrom: readFromSchema }),
]);

/** What the probe's process says: one JSON object a line on its stdout. */
export const probeEventSchema = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready") }),
  z.strictObject({ event: z.literal("not-ready"), reason: z.string().min(1) }),
  /** After `finish`: nothing is written any more, and the events are being read back. */
  z.strictObject({ event: z.literal("stopped") }),
  z.strictObject({ event: z.literal("evidence"), evidence: probeSchema }),
  /** Of a standing probe: it listens on its socket, or may not. */
  z.strictObject({ event: z.literal("listening") }),
  z.strictObject({
    event: z.literal("refused"),
    reason: z.string(),
    next: z.string(),
    exitCode: z.union([z.literal(1), z.literal(2), z.literal(3)]),
  }),
]);

/** What a drill tells its probe. */
export type ProbeCommand = z.infer<typeof probeCommandSchema>;

/** What a probe tells its drill. */
export type ProbeEvent = z.infer<typeof probeEventSchema>;

/** The endpoint, by name, on which each store's events are read back: the new primary. */
export type ReadFrom = z.infer<typeof readFromSchema>;
