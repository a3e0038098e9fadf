import { z } from "zod";
import { probeSchema } from "../../../evidence/probe-record";
import { probeEndpointSchema, probeOptionsSchema } from "../options";
import { MAX_SAMPLES } from "../sample-log";
import { readFromSchema } from "../protocol";

/** Share of the samples' bound that is kept for refusals during an outage, and for the time after an adoption. */
const RESERVE = 0.2;

const standingOptionsSchema = probeOptionsSchema.refine(
  ({ intervalMs, maxDurationMs }) => maxDurationMs / intervalMs <= MAX_SAMPLES * (1 - RESERVE),
  {
    path: ["intervalMs"],
    message: "so many events do not fit into the probe's memory: a longer interval, or less time",
  },
);

/** What the process that starts a standing probe tells it: the one line on its stdin. */
export const standCommandSchema = z.strictObject({
  command: z.literal("stand"),
  options: standingOptionsSchema,
  environment: z.string(),
  socket: z.string(),
  /** True: the probe ends with the process that started it. */
  attached: z.boolean(),
});

/** The one command that starts a standing probe. */
export type StandCommand = z.infer<typeof standCommandSchema>;

/** What a standing probe is told over its socket, one JSON object a line. */
export const standingCommandSchema = z.discriminatedUnion("command", [
  z.strictObject({ command: z.literal("describe") }),
  /** `adopter` says who, for whoever asks meanwhile. The adoption lasts as long as the connection. */
  z.strictObject({ command: z.literal("adopt"), adopter: z.string().min(1).max(200) }),
  z.strictObject({ command: z.literal("finish"), readFrom: readFromSchema }),
  /** Ends it without evidence, or after the evidence has arrived. */
  z.strictObject({ command: z.literal("stop") }),
]);

/** What a client of the socket asks of a standing probe. */
export type StandingCommand = z.infer<typeof standingCommandSchema>;

const storeProgress = z.strictObject({
  acknowledged: z.number().int().nonnegative(),
  last: z.strictObject({ endpoint: z.string(), atMs: z.number() }).nullable(),
  problem: z.string(),
});

/** What a standing probe says of itself; times in milliseconds are on its own clock, which counts from `originNs`. */
const descriptionSchema = z.strictObject({
  pid: z.number().int(),
  environment: z.string(),
  /** Marks this probe's events in both stores. */
  run: z.string(),
  originNs: z.string(),
  startedAt: z.iso.datetime({ precision: 3 }),
  endpoints: z.array(probeEndpointSchema),
  intervalMs: z.number(),
  nowMs: z.number(),
  writesUntilMs: z.number(),
  /** Longest time that `finish` may take. */
  finishWithinMs: z.number(),
  /** Why no drill can count on it; null when each store has acknowledged enough. */
  notReady: z.string().nullable(),
  adoptedBy: z.string().nullable(),
  stores: z.strictObject({ timescaledb: storeProgress, redis: storeProgress }),
});

/** What a standing probe says of itself: who it is, how far it is, and who has adopted it. */
export type StandingDescription = z.infer<typeof descriptionSchema>;

/** What a standing probe answers, one JSON object a line. */
export const standingEventSchema = z.discriminatedUnion("event", [
  z.strictObject({ event: z.literal("described"), probe: descriptionSchema }),
  z.strictObject({ event: z.literal("adopted"), probe: descriptionSchema }),
  z.strictObject({ event: z.literal("refused"), reason: z.string().min(1) }),
  z.strictObject({ event: z.literal("evidence"), evidence: probeSchema, notes: z.string() }),
]);

/** What a standing probe answers on its socket. */
export type StandingEvent = z.infer<typeof standingEventSchema>;
