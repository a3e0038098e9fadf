import { z } from "zod";
import { STEP_NAMES, STEP_STATUSES, type StepName } from "../settings/steps";
import { clientsSchema } from "./client-loads";
import { basisSchema } from "./basis";
import { continuitySchema } from "./continuity";
import { findingsSchema } from "./findings";
import { drillHooksSchema } from "./hooks";
import { pendingChangesSchema } from "./pending-changes";
import { probeSchema, type probeSamplesSchema, type probeStoreSchema } from "./probe-record";
import { lsnText, postgresProofSchema, redisProofSchema, type sealSchema } from "./proof";
import { furtherServiceSchema, serviceNameText } from "./service-terms";

const milliseconds = z.number().nonnegative();
const count = z.number().int().nonnegative();
const timestamp = z.iso.datetime({ precision: 3 });
const role = z.enum(["primary", "standby"]);

/** What a store said of itself when it was asked; `unknown` always carries the reason. */
const observedStore = z.discriminatedUnion("state", [
  z.strictObject({
    state: z.literal("observed"),
    role,
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
  z.strictObject({ state: z.literal("unknown"), reason: z.string().min(1) }),
]);

const hostTopology = z.strictObject({
  host: z.string(),
  declaredRole: role.nullable(),
  timescaledb: observedStore,
  redis: observedStore,
});

/** Both hosts at one moment. */
export const topologySchema = z.strictObject({ readAt: timestamp, hosts: z.array(hostTopology).min(1).max(2) });

/** One named comparison a step made: what was measured, against which limit, and whether it held. */
export const checkSchema = z.strictObject({
  name: z.string(),
  host: z.string().nullable(),
  measured: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  limit: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  ok: z.boolean(),
});

/** A moment inside a step: what was done, on which host, when (milliseconds after the zero of the drill's clock, monotonic). */
export const markSchema = z.strictObject({ name: z.string(), host: z.string().nullable(), atMs: milliseconds });

/** Why a step failed, on which host, and what an operator does next. */
export const failureSchema = z.strictObject({
  reason: z.string().min(1),
  host: z.string().nullable(),
  /** The command an operator runs next. */
  next: z.string().min(1),
  /** What was undone, in words; null when there was nothing to undo. */
  undone: z.string().nullable(),
  /** Present when the step refused as unsafe: nothing was tried. */
  refused: z.literal(true).optional(),
});

/** One step of the drill: what became of it, when it ran, what it compared and what it did. */
export const stepResultSchema = z.strictObject({
  step: z.enum(STEP_NAMES as [StepName, ...StepName[]]),
  drillId: z.string(),
  status: z.enum(STEP_STATUSES),
  startedAt: timestamp,
  finishedAt: timestamp,
  /** Zero of the drill's monotonic clock, in nanoseconds: one and the same in every step of one run. */
  originNs: z.string().regex(/^\d{1,19}$/),
  /**
   * Milliseconds on the drill's monotonic clock. Its zero is when the drill began, or when the standing probe began that
   * an unplanned drill adopted.
   */
  startedAtMs: milliseconds,
  finishedAtMs: milliseconds,
  checks: z.array(checkSchema),
  marks: z.array(markSchema),
  failure: failureSchema.nullable(),
  /** What the drill was started with and knew when this step ended, see facts-digest.ts; null where nothing was recorded. */
  factsSha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

/** Proof that the old primary could not write from `provedAtMs` on. */
export const fenceSchema = z.strictObject({
  host: z.string(),
  store: z.enum(["timescaledb", "redis"]),
  method: z.enum([
    "clean-shutdown",
    "writes-paused",
    /** The host's Docker engine stopped the container. */
    "container-stopped",
    /** The operator's fence command says that the host is off. */
    "fence-command",
    /** The store stopped writing on an order through its own port, given from the standby. */
    "own-port",
    "accepted-unfenced",
  ]),
  provedAtMs: milliseconds,
  detail: z.string(),
});

/** One look at the old primary, and whether it says that the primary is gone. */
export const signalSchema = z.strictObject({
  /** From where it was seen: two signals of one observer are one signal. */
  observer: z.enum(["operator", "standby", "engine", "fence-command"]),
  store: z.enum(["timescaledb", "redis"]).nullable(),
  gone: z.boolean(),
  /**
   * Where it is not gone and gave no role: what it answered instead, as SQLSTATE or as first word of a RESP error, or the
   * error of the system for which nobody could ask it.
   */
  code: z.string().min(1).optional(),
  atMs: milliseconds,
  detail: z.string().min(1),
});

/** How far one store of the standby followed before the primary was gone, and what that says of a promotion. */
export const storeFollowingSchema = z.strictObject({
  store: z.enum(["timescaledb", "redis"]),
  /** Who knows it: the record beside the store, or the store's own link; null when nobody does. */
  known: z.enum(["record", "link"]).nullable(),
  /** The standby has everything that was written up to here. */
  hasAllAt: timestamp.nullable(),
  /** Last sign of life of the primary: it answered, refused to be followed, or acknowledged a probe's write. */
  aliveAt: timestamp.nullable(),
  /** Seconds that the primary was seen alive after that; null when one of the two is not known. */
  livedOnSeconds: z.number().nonnegative().nullable(),
  /** Seconds from `hasAllAt` to the drill: no write that is lost is older; null when nothing bounds it. */
  upperBoundSeconds: z.number().nonnegative().nullable(),
  /** Code of why the primary last refused to be followed, else of the link's last state; null without a record. */
  reason: z.string().nullable(),
  verdict: z.enum(["bounded", "primary-lived-on", "primary-refused", "unknown-too-long", "no-bound"]),
});

/** How far both stores followed, and the words with which an operator went on although writes may be given up. */
export const followingSchema = z.strictObject({
  maxUnknownSeconds: z.number().nonnegative(),
  stores: z.array(storeFollowingSchema),
  accepted: z.strictObject({ reason: z.string().min(1), operator: z.string().min(1), at: timestamp }).nullable(),
});

/** What an unplanned drill adds: why it was one, what may be lost, and since when nothing protects the new primary. */
export const unplannedSchema = z.strictObject({
  signals: z.array(signalSchema),
  acceptedUnfenced: z
    .strictObject({ reason: z.string().min(1), operator: z.string().min(1), at: timestamp })
    .nullable(),
  /** What the standby last knew of the primary's positions. Null where it could not be read: null is never zero. */
  lossBound: z.strictObject({
    timescaledb: z.strictObject({
      primaryLsn: lsnText.nullable(),
      receivedLsn: lsnText.nullable(),
      bytes: count.nullable(),
      heardAt: timestamp.nullable(),
    }),
    redis: z.strictObject({ receivedOffset: count.nullable(), secondsSilent: z.number().nonnegative().nullable() }),
  }),
  /** Absent from evidence that is older than this section. */
  following: followingSchema.optional(),
  /** Whether the probe was writing before the primary failed; otherwise what was lost then is not known from it. */
  probeSawFailure: z.boolean(),
  /** First step's start to the first acknowledged event on the new primary, milliseconds; null when there was none. */
  recoveryMs: z.strictObject({ timescaledb: milliseconds.nullable(), redis: milliseconds.nullable() }),
  /** Promotion left the new primary without a standby; the pair is unprotected until one streams again. */
  unprotectedSince: timestamp.nullable(),
});

/** How far the standby is behind, as events (rows of the journal), bytes and seconds; null is "could not be read". */
export const lagSchema = z.strictObject({
  timescaledb: z.strictObject({
    events: count.nullable(),
    receiveBytes: count.nullable(),
    replayBytes: count.nullable(),
    replaySeconds: z.number().nonnegative().nullable(),
  }),
  redis: z.strictObject({ events: count.nullable(), bytes: count.nullable(), linkUp: z.boolean().nullable() }),
});

/** Version of the evidence contract: a new key, or another meaning of an old one, is a new version. */
export const CONTRACT_VERSION = 1;

/** The whole evidence of one drill, version 1. A key that it does not name is refused. */
export const evidenceDocumentSchema = z.strictObject({
  version: z.literal(CONTRACT_VERSION),
  drill: z.strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
    nonce: z.string(),
    mode: z.enum(["dry-run", "execute"]),
    kind: z.enum(["planned", "unplanned"]),
    environment: z.string(),
    fromHost: z.string(),
    toHost: z.string(),
    /** Services that the environment has beyond the first ones; absent when there are none. */
    furtherServices: z.array(furtherServiceSchema).min(1).optional(),
    /** The drill was of the two stores only: no other service was asked or copied. Absent from every other drill. */
    storesOnly: z.literal(true).optional(),
    /** Absent from evidence that is older than this field, and where nobody looked, as in a drill by plain Pulumi. */
    pendingChanges: pendingChangesSchema.optional(),
    /** Absent from evidence that is older than this field, and from a drill by plain Pulumi. */
    basis: basisSchema.optional(),
    startedAt: timestamp,
    finishedAt: timestamp,
    /** First step's start to last step's end, monotonic clock. */
    durationMs: milliseconds,
  }),
  success: z.boolean(),
  failedStep: z.enum(STEP_NAMES as [StepName, ...StepName[]]).nullable(),
  steps: z.array(stepResultSchema),
  topology: z.strictObject({ before: topologySchema.nullable(), after: topologySchema.nullable() }),
  lagBefore: lagSchema.nullable(),
  fences: z.array(fenceSchema),
  /** Null in a planned drill. */
  unplanned: unplannedSchema.nullable(),
  postgres: postgresProofSchema,
  redis: redisProofSchema,
  probe: probeSchema.nullable(),
  /** Absent from evidence that is older than this section, and from a drill beside which no client load ran: not measured. */
  clients: clientsSchema.optional(),
  /** Absent from evidence that is older than this section, and from a drill that ended before it knew anything of it. */
  continuity: continuitySchema.optional(),
  /** Absent from evidence that is older than this section, and from a drill that ended before it had read the servers. */
  findings: findingsSchema.optional(),
  /** Absent from evidence that is older than this section, and where no host declares a hook. */
  hooks: drillHooksSchema.optional(),
  services: z.array(
    z.strictObject({
      host: z.string(),
      service: serviceNameText,
      image: z.string(),
      standIn: z.string().nullable(),
    }),
  ),
  objectives: z.strictObject({ maxFailoverSeconds: z.number().positive(), maxDataLagEvents: count }),
  versions: z.record(z.string(), z.string()),
});

/** The whole evidence of one drill. */
export type EvidenceDocument = z.infer<typeof evidenceDocumentSchema>;
/** What became of one step. */
export type StepResult = z.infer<typeof stepResultSchema>;
/** One comparison that a step made. */
export type Check = z.infer<typeof checkSchema>;
/** One moment of a step. */
export type Mark = z.infer<typeof markSchema>;
/** Why a step failed. */
export type Failure = z.infer<typeof failureSchema>;
/** The last WAL position of a primary that was stopped cleanly. */
export type Seal = z.infer<typeof sealSchema>;
/** Proof that the old primary cannot write in one store. */
export type Fence = z.infer<typeof fenceSchema>;
/** Both hosts at one moment. */
export type Topology = z.infer<typeof topologySchema>;
/** What one store said of itself, or why that is not known. */
export type ObservedStore = z.infer<typeof observedStore>;
/** What proves that PostgreSQL lost nothing. */
export type PostgresProof = z.infer<typeof postgresProofSchema>;
/** What proves that Redis lost nothing. */
export type RedisProof = z.infer<typeof redisProofSchema>;
/** The probe's record of both stores. */
export type ProbeEvidence = z.infer<typeof probeSchema>;
/** The probe's record of one store. */
export type ProbeStoreEvidence = z.infer<typeof probeStoreSchema>;
/** Every write attempt of the probe at one store. */
export type ProbeSamples = z.infer<typeof probeSamplesSchema>;
/** One look at the old primary. */
export type Signal = z.infer<typeof signalSchema>;
/** How far one store of the standby followed. */
export type StoreFollowing = z.infer<typeof storeFollowingSchema>;
/** How far both stores followed, and what an operator said of it. */
export type FollowingEvidence = z.infer<typeof followingSchema>;
/** What only an unplanned drill has. */
export type Unplanned = z.infer<typeof unplannedSchema>;
/** How far the standby was behind. */
export type Lag = z.infer<typeof lagSchema>;
