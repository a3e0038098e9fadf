import { z } from "zod";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import type { OwnRole } from "../../settings/own-roles";

/** The role that writes events and reads them back. */
export const PROBE_ROLE: OwnRole = "understudy_probe";

const address = z.strictObject({ host: z.string().min(1), port: z.number().int().min(1).max(65535) });

/** A certificate that a session shows, its key, and whom it believes: PEM. */
const shown = z.strictObject({ ca: z.string(), cert: z.string(), key: z.string() });

/** One host's two published store endpoints; `name` is the host's name in the environment file. */
export const probeEndpointSchema = z.strictObject({
  name: z.string().min(1),
  postgres: address,
  redis: address.extend({
    tls: z.boolean().optional().describe("whether its sessions of Redis encrypt; plain without it"),
  }),
});

/** Everything the probe needs to know; it crosses to the probe's process as one line, passwords included. */
export const probeOptionsSchema = z.strictObject({
  drillId: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)
    .describe("marks this drill's events in both stores"),
  endpoints: z
    .array(probeEndpointSchema)
    .min(1)
    .max(2)
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, "endpoint names must differ"),
  credentials: z.strictObject({
    postgres: z.string(),
    redis: z.string(),
    user: z.string().min(1).default(PROBE_ROLE).describe("role of PostgreSQL that its password is of"),
    tls: shown.optional().describe("how its sessions of PostgreSQL encrypt, PEM; plain without it"),
    redisTls: shown.optional().describe("the same of Redis, where an endpoint says that they encrypt"),
    redisUser: z.string().min(1).default(DEFAULT_REDIS_USER).describe("user of Redis that its password is of"),
    former: z
      .strictObject({ postgres: z.string().optional(), redis: z.string().optional() })
      .optional()
      .describe("the former passwords of the same two, while they are being exchanged"),
    redisBefore: z.string().optional().describe("password of Redis' `default`, where a server does not know that user"),
  }),
  originNs: z
    .string()
    .regex(/^\d{1,19}$/)
    .describe("the drill's zero, as process.hrtime.bigint() read it on this machine"),
  intervalMs: z.number().min(1).max(1000).default(5).describe("time between two events of one store"),
  maxDurationMs: z.number().int().min(100).max(3_600_000).default(180_000).describe("writing stops by itself after it"),
  readyWhen: z
    .enum(["every-endpoint", "one-endpoint", "started"])
    .default("every-endpoint")
    .describe(
      "besides `readyAfter` acknowledged events: every endpoint connected, or not; `started` waits for neither",
    ),
  readyAfter: z.number().int().min(1).max(1000).default(20).describe("acknowledged events each store needs"),
  readyWithinMs: z.number().int().min(100).max(120_000).default(10_000),
  attemptTimeoutMs: z.number().int().min(100).max(60_000).default(2000).describe("when a silent endpoint is given up"),
  settleMs: z
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(3000)
    .describe("how long finish waits for one more acknowledgement, which closes a gap that is still open"),
});

/** What the caller of `startProbe` gives; the rest has defaults. */
export type ProbeOptions = z.input<typeof probeOptionsSchema>;

/** The options with every default filled in. */
export type ProbeSettings = z.output<typeof probeOptionsSchema>;

/** One host's two store endpoints. */
export type ProbeEndpoint = z.infer<typeof probeEndpointSchema>;
/** Where one store listens. */
export type ProbeAddress = z.infer<typeof address>;
/** Where Redis listens, and whether that is for encrypted connections. */
export type RedisAddress = ProbeEndpoint["redis"];

/** How the probe logs in to Redis. */
export type RedisLogin = Pick<ProbeSettings["credentials"], "redis" | "redisUser" | "redisBefore" | "redisTls"> & {
  readonly former?: { readonly redis?: string | undefined } | undefined;
};

/** Every secret among the probe's options, none of which it ever says. */
export function probeSecrets({
  postgres,
  redis,
  redisBefore,
  tls,
  redisTls,
  former,
}: ProbeOptions["credentials"]): readonly string[] {
  return [postgres, redis, former?.postgres, former?.redis, redisBefore, tls?.key, redisTls?.key].filter(
    (one) => one !== undefined,
  );
}
