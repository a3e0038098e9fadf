import { z } from "zod";
import { CLIENT_DRIVER_NAMES, type ClientDriverName } from "../../settings/client-drivers";

const shown = z.strictObject({ ca: z.string(), cert: z.string(), key: z.string() });

/** Everything a load process needs to know; it crosses as one line on its stdin, passwords included. */
export const clientOrderSchema = z.strictObject({
  driver: z.enum(CLIENT_DRIVER_NAMES as [ClientDriverName, ...ClientDriverName[]]),
  run: z.string().min(1).describe("marks what this load writes in the store's own journal"),
  route: z
    .enum(["direct", "door"])
    .default("direct")
    .describe("`direct`: the addresses are the hosts', one of them the primary's; `door`: one that leads to it"),
  addresses: z
    .array(z.strictObject({ host: z.string().min(1), port: z.number().int().min(1).max(65535) }))
    .min(1)
    .max(2),
  user: z.string().min(1),
  password: z.string(),
  tls: shown.optional().describe("how its sessions encrypt, PEM; plain without it"),
  originNs: z
    .string()
    .regex(/^\d{1,19}$/)
    .describe("the drill's zero, on this machine's monotonic clock"),
  resend: z
    .boolean()
    .default(false)
    .describe("whether redis-py sends a write again that a standby has refused, by its own option"),
  clients: z.number().int().min(1).max(64).default(4),
  intervalMs: z
    .number()
    .min(1)
    .max(10_000)
    .default(40)
    .describe("between the beginnings of two statements of a client"),
  statementTimeoutMs: z.number().int().min(100).max(60_000).default(5000).describe("when a silent server is given up"),
  connectTimeoutMs: z.number().int().min(100).max(60_000).default(3000),
  maxDurationMs: z.number().int().min(100).max(3_600_000).default(180_000).describe("it stops by itself after it"),
  readyAfter: z.number().int().min(1).max(1000).default(3).describe("answered statements that each client needs"),
  readyWithinMs: z.number().int().min(100).max(120_000).default(15_000),
});

/** What the caller gives; the rest has defaults. */
export type ClientOrder = z.input<typeof clientOrderSchema>;
/** The same with every default filled in. */
export type ClientSettings = z.output<typeof clientOrderSchema>;
/** Where a load connects to. */
export type ClientAddress = ClientSettings["addresses"][number];
