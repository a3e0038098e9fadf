import { z } from "zod";
import { serviceCountSchema } from "../../../evidence/continuity";
import { CARRIED_SERVICES, OTHER_SERVICES, type OtherService } from "../../../settings/services";
import { canaryOptionsSchema } from "./options";

/** What the parent says to the canary's process: one JSON object a line on its stdin, `start` first. */
export const canaryCommandSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("start"), options: canaryOptionsSchema }),
  /** From now on the service is used on this host. */
  z.strictObject({ command: z.literal("move"), service: z.enum(CARRIED_SERVICES), host: z.string() }),
  z.strictObject({ command: z.literal("finish"), readFrom: z.string() }),
]);

const counts = z.array(serviceCountSchema);
const milliseconds = z.number().nonnegative();

/** What a canary has to tell: its window, and what it counted of each service that is no store. */
export const canaryReportSchema = z.strictObject({
  startedAtMs: milliseconds,
  finishedAtMs: milliseconds,
  pagesWatchedMs: milliseconds,
  ...(Object.fromEntries(OTHER_SERVICES.map((service) => [service, counts])) as Record<OtherService, typeof counts>),
});

/** What the canary's process says: one JSON object a line on its stdout. */
export const canaryEventSchema = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("ready") }),
  z.strictObject({ event: z.literal("not-ready"), reason: z.string().min(1) }),
  z.strictObject({ event: z.literal("moved"), service: z.enum(CARRIED_SERVICES) }),
  z.strictObject({ event: z.literal("report"), report: canaryReportSchema }),
]);

/** What a drill tells its canary. */
export type CanaryCommand = z.infer<typeof canaryCommandSchema>;
/** What a canary tells its drill. */
export type CanaryEvent = z.infer<typeof canaryEventSchema>;
/** What a canary counted of each service. Times are milliseconds after the drill's zero. */
export type CanaryReport = z.infer<typeof canaryReportSchema>;
