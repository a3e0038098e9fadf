import { z } from "zod";
import { clientSamplesSchema } from "../../evidence/client-loads";
import { clientOrderSchema } from "./order";

/** What a load process is told, one JSON object a line. */
export const clientCommandSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("start"), order: clientOrderSchema }),
  z.strictObject({ command: z.literal("finish") }),
]);

/** What a load process says, one JSON object a line. A driver that is not installed ends it with `unavailable`. */
export const clientEventSchema = z.discriminatedUnion("event", [
  z.strictObject({
    event: z.literal("hello"),
    version: z.string().min(1).max(120),
    /** Its monotonic clock, nanoseconds: the parent sees whether it is this machine's. */
    clockNs: z.string().regex(/^\d{1,19}$/),
  }),
  z.strictObject({ event: z.literal("unavailable"), reason: z.string().min(1).max(500) }),
  z.strictObject({ event: z.literal("ready") }),
  z.strictObject({ event: z.literal("not-ready"), reason: z.string().max(500) }),
  z.strictObject({
    event: z.literal("record"),
    startedAtMs: z.number().nonnegative(),
    finishedAtMs: z.number().nonnegative(),
    samples: clientSamplesSchema,
  }),
]);

/** What a load process is told. */
export type ClientCommand = z.infer<typeof clientCommandSchema>;
/** What a load process says. */
export type ClientEvent = z.infer<typeof clientEventSchema>;
