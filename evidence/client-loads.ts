import { z } from "zod";

const milliseconds = z.number().nonnegative();
const count = z.number().int().nonnegative();
const driver = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);
/** SQLSTATE, first word of a RESP error, errno, or one of ours in lower case, such as `closed` and `no-answer`. */
const code = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);

/** How a statement ended for the client that had sent it. */
export const STATEMENT_ENDS = {
  /** The server carried it out and said so. */
  a: "answered",
  /** An error came back, or nobody could be reached: the server did not carry it out. */
  f: "failed",
  /** The server ended the session under it and said so: it may or may not have been carried out. */
  e: "ended",
  /** The connection was lost, or silent for too long: it may or may not have been carried out. */
  u: "unknown",
} as const;

/** One letter of a sample. */
export type StatementEnd = keyof typeof STATEMENT_ENDS;

/**
 * Every statement of a load, compact: parallel arrays of equal length, one entry a statement, in the order in which they
 * were begun. Times are milliseconds on the drill's clock with microsecond resolution. A client that has to connect first
 * does so within the statement's time.
 */
export const clientSamplesSchema = z.strictObject({
  /** Which of the load's clients, from 0. A client has one statement under way at a time. */
  client: z.array(count),
  startMs: z.array(milliseconds),
  endMs: z.array(milliseconds),
  end: z.array(z.enum(["a", "f", "e", "u"])),
  /** One entry for each statement that was not answered: its place in the arrays, ascending, and why. */
  errors: z.array(z.strictObject({ at: count, code })),
  /** Statements that the driver itself sent again, and how many times. */
  resent: z.array(z.strictObject({ at: count, times: z.number().int().positive() })),
});

/** One driver under load: its statements, and the figures that follow from them. */
export const clientLoadSchema = z.strictObject({
  driver,
  /** The driver's version and what it runs under, as they say themselves, such as `8.23.1 on node 22.23.3`. */
  version: z.string().min(1).max(120),
  store: z.enum(["timescaledb", "redis"]),
  /** `direct`: every client knows both hosts and looks for the primary itself. `door`: one address that leads to it. */
  route: z.enum(["direct", "door"]),
  /** Whether the driver sends a statement again by itself: `off`, or each time is counted. */
  resends: z.enum(["off", "counted"]),
  clients: z.number().int().positive(),
  /** Time between the beginnings of two statements of one client, where the first has ended by then. */
  intervalMs: milliseconds,
  startedAtMs: milliseconds,
  finishedAtMs: milliseconds,
  samples: clientSamplesSchema,
  counts: z.strictObject({
    sent: count,
    answered: count,
    failed: count,
    ended: count,
    unknown: count,
    /** How often the driver sent something again by itself; not among `sent`. */
    resent: count,
  }),
  /** How many statements were not answered, by the reason's code. */
  codes: z.record(code, z.number().int().positive()),
  /** Of the answered statements; null where there are none: null is never zero. */
  latencyMs: z.strictObject({ p50: milliseconds, p99: milliseconds, max: milliseconds }).nullable(),
});

/** What ordinary clients saw of a drill. A drill without it has not measured them, which is not zero errors. */
export const clientsSchema = z.strictObject({
  loads: z.array(clientLoadSchema),
  /** Drivers that were asked for and could not be tried, and why. */
  notTried: z.array(z.strictObject({ driver, reason: z.string().min(1).max(500) })),
});

/** Every statement of a load. */
export type ClientSamples = z.infer<typeof clientSamplesSchema>;
/** One driver under load. */
export type ClientLoad = z.infer<typeof clientLoadSchema>;
/** What ordinary clients saw of a drill. */
export type ClientsEvidence = z.infer<typeof clientsSchema>;
