import type { Role } from "../settings/pair";
import type { ObservedStore, Topology } from "./document";

type Host = Topology["hosts"][number];

/** What was read of `host`; undefined when it was not read at all. */
export function hostIn(topology: Topology | null | undefined, host: string): Host | undefined {
  return topology?.hosts.find((one) => one.host === host);
}

/** The role that a store says it plays; undefined when it could not be read. */
export function roleOf(store: ObservedStore | null | undefined): Role | undefined {
  return store?.state === "observed" ? store.role : undefined;
}

/** The role that both stores of a host agree on; undefined when they differ or one could not be read. */
export function agreedRole(stores: Pick<Host, "timescaledb" | "redis"> | undefined): Role | undefined {
  const role = roleOf(stores?.timescaledb);
  return role === roleOf(stores?.redis) ? role : undefined;
}

/** The role both stores of `host` agree on; undefined when they differ or cannot be read. */
export function observedRole(topology: Topology, host: string): Role | undefined {
  return agreedRole(hostIn(topology, host));
}

/** Whether both stores of `host` were read, and have different roles. */
export function storesDiffer(topology: Topology, host: string): boolean {
  const one = hostIn(topology, host);
  const [timescaledb, redis] = [roleOf(one?.timescaledb), roleOf(one?.redis)];
  return timescaledb !== undefined && redis !== undefined && timescaledb !== redis;
}
