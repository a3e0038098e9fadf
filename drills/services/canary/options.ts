import { z } from "zod";
import type { NamedHost } from "../../../settings/pair";
import { OTHER_SERVICES, SERVICES } from "../../../settings/services";

/** Ports of the services that are no stores. */
const PORTS = OTHER_SERVICES.flatMap((service) => SERVICES[service].ports.map(({ key }) => key));

type CanaryPorts<Port> = Readonly<Record<(typeof PORTS)[number], Port>>;

/** A value for each of those ports. */
export function ofPorts<Port>(value: (key: (typeof PORTS)[number]) => Port): CanaryPorts<Port> {
  return Object.fromEntries(PORTS.map((key) => [key, value(key)])) as CanaryPorts<Port>;
}

const port = z.number().int().min(1).max(65535);

/**
 * One host's ports of the services that a canary writes to; `name` is its name in the environment file. With an engine's
 * endpoint they are asked through SSH, see drills/hosts/http.ts.
 */
export const canaryHostSchema = z.strictObject({
  name: z.string().min(1),
  address: z.string().min(1),
  docker: z.string().min(1).optional(),
  ssh_config: z.string().optional(),
  ports: z.strictObject(ofPorts(() => port)),
});

/** Everything the canary needs to know; it crosses to the canary's process as one line, password included. */
export const canaryOptionsSchema = z.strictObject({
  drillId: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/),
  /** The first one is primary when the canary begins. */
  hosts: z.array(canaryHostSchema).length(2),
  grafanaPassword: z.string(),
  grafanaFormer: z.string().optional().describe("the former one, while it is being exchanged"),
  scraped: z.array(z.string().min(1)).describe("targets whose scrapes are due, by name, such as `loki on host-a`"),
  originNs: z.string().regex(/^\d{1,19}$/),
  intervalMs: z.number().int().min(20).max(10_000).default(250).describe("time between two log lines, or two spans"),
  dashboardIntervalMs: z.number().int().min(20).max(10_000).default(1000),
  maxDurationMs: z.number().int().min(100).max(3_600_000).default(180_000).describe("writing stops by itself after it"),
  attemptTimeoutMs: z.number().int().min(50).max(30_000).default(2000),
  readyWithinMs: z.number().int().min(100).max(60_000).default(20_000),
  settleMs: z.number().int().min(0).max(60_000).default(20_000).describe("how long finish waits for the last write"),
  readBackMs: z.number().int().min(0).max(60_000).default(15_000).describe("how long reading back is tried again"),
});

/** What the caller of `startCanary` gives; the rest has defaults. */
export type CanaryOptions = z.input<typeof canaryOptionsSchema>;
/** The options with every default filled in. */
export type CanarySettings = z.output<typeof canaryOptionsSchema>;
/** One host as the canary reaches it. */
export type CanaryHost = z.infer<typeof canaryHostSchema>;

/** A host of the environment, with what a canary needs to know of it. */
export function canaryHost({ name, address, docker, ssh_config }: NamedHost, ports: CanaryPorts<number>): CanaryHost {
  return { name, address, docker, ssh_config, ports: ofPorts((key) => ports[key]) };
}
