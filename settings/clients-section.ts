import { z } from "zod";
import { AGENT_IMAGE } from "./agent-section";
import { encryptionOf, type Encryption } from "./encryption";
import { FRONT_IMAGE } from "./front-section";

/** The image that the pooler is written for; where no registry has it, `images_file` or `clients.pgbouncer.image` names another one. */
export const POOLER_IMAGE = "edoburu/pgbouncer:v1.24.1-p1";

/** What becomes of a transaction through a door that is open for longer than the bound. */
export const LONG_TRANSACTIONS = ["refuse", "wait", "end"] as const;

/** What becomes of sessions of clients that come past the doors. */
export const DIRECT_SESSIONS = ["end", "refuse"] as const;

const memory = z.number().int().min(32);

/** The section `clients` of an environment file. */
export const clientsSchema = z.strictObject({
  bound_seconds: z
    .number()
    .min(0.1)
    .max(5)
    .default(2)
    .describe(
      "longest that a switchover waits for open transactions while its clients wait at the doors; then it is called off",
    ),
  long_transactions: z
    .enum(LONG_TRANSACTIONS)
    .default("refuse")
    .describe(
      "transactions through a door that are open for longer than the bound: `refuse` the switchover, `wait` for them for a minute before clients wait at the doors, or `end` them",
    ),
  direct_sessions: z
    .enum(DIRECT_SESSIONS)
    .default("end")
    .describe("sessions of PostgreSQL that come past the doors: `end` them with the stop, or `refuse` the switchover"),
  haproxy: z
    .strictObject({
      image: z.string().min(1).default(FRONT_IMAGE).describe("image of HAProxy 2.6 or newer"),
      memory_mib: memory.default(128).describe("memory limit of the container, in MiB"),
    })
    .prefault({}),
  pgbouncer: z
    .strictObject({
      image: z.string().min(1).default(POOLER_IMAGE).describe("image of PgBouncer 1.18 or newer"),
      memory_mib: memory.default(128).describe("memory limit of the container, in MiB"),
      auth_database: z
        .boolean()
        .default(true)
        .describe(
          "whether passwords are looked up in the pair's own database, as PgBouncer 1.19 and newer can; without it, that database is the only one that clients reach",
        ),
      pool_size: z.number().int().min(1).max(1000).default(20).describe("server sessions for each user and database"),
      max_clients: z.number().int().min(1).max(100_000).default(1000).describe("sessions of clients at once"),
    })
    .prefault({}),
  keeper: z
    .strictObject({
      image: z.string().min(1).default(AGENT_IMAGE).describe("image of Node 22 or newer"),
      memory_mib: memory.default(128).describe("memory limit of the container, in MiB"),
    })
    .prefault({}),
});

/** The section, with every default filled in. */
export type ClientsSection = z.output<typeof clientsSchema>;

/** Why an environment cannot have doors; undefined when it can, or asks for none. Pure. */
export function clientsProblem(
  environment: {
    readonly clients?: unknown;
    readonly agent?: unknown;
    readonly hosts: object;
    readonly encryption?: Encryption | undefined;
  },
  hasCertificates: boolean,
): string | undefined {
  if (environment.clients === undefined) return undefined;
  if (Object.keys(environment.hosts).length !== 2)
    return "clients: one host has nobody to lead clients to; next: take the section out";
  if (environment.agent === undefined)
    return "clients: doors ask the agents of both hosts who is primary; next: add the section agent";
  if (!hasCertificates || encryptionOf(environment, hasCertificates) === "plain")
    return "clients: a door shows a certificate to PostgreSQL in the place of a password; next: understudy certificates --execute, and no encryption: plain";
  return undefined;
}
