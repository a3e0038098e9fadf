import type { Role } from "../settings/pair";
import type { Topology } from "./document";

/** Whether both stores of `host` were read, and have different roles. */
export function storesDiffer(topology: Topology, host: string): boolean {
  const one = topology.hosts.find((candidate) => candidate.host === host);
  if (one?.timescaledb.state !== "observed" || one.redis.state !== "observed") return false;
  return one.timescaledb.role !== one.redis.role;
}

/** The role both stores of `host` agree on; undefined when they differ or cannot be read. */
export function observedRole(topology: Topology, host: string): Role | undefined {
  const one = topology.hosts.find((candidate) => candidate.host === host);
  if (one?.timescaledb.state !== "observed" || one.redis.state !== "observed") return undefined;
  return one.timescaledb.role === one.redis.role ? one.redis.role : undefined;
}
