import type { ObservedStore, Topology } from "../../evidence/document";

/** Why a return must not be tried, and what to do instead; undefined when it may. */
export type Refusal = { readonly why: string; readonly next: string } | undefined;

type Host = Topology["hosts"][number];

const STORES = [
  ["timescaledb", "PostgreSQL"],
  ["redis", "Redis"],
] as const;

/**
 * Whether `host` may come back as a standby of `peer`: the peer is seen to be primary of both stores, and neither store
 * of the host is a primary. What cannot be read there is no obstacle: a held or stopped store does not answer.
 */
export function refuseReturn(topology: Topology, host: string, peer: string): Refusal {
  const [here, there] = [host, peer].map((name) => topology.hosts.find((one) => one.host === name));
  if (here === undefined || there === undefined)
    return { why: `${host} and ${peer} were not read`, next: "understudy status" };
  const writable = STORES.filter(([store]) => isRole(here[store], "primary")).map(([, words]) => words);
  const missing = STORES.filter(([store]) => !isRole(there[store], "primary"));
  if (writable.length > 0 && missing.length < STORES.length) {
    return {
      why: `${writable.join(" and ")} on ${host} is a writable primary, and so is a store of ${peer}: two primaries. Decide which host stays, and stop the other one's stores`,
      next: `docker stop understudy-timescaledb understudy-redis on ${host}, then understudy rejoin ${host}`,
    };
  }
  if (writable.length > 0) {
    return { why: `${writable.join(" and ")} on ${host} is a writable primary`, next: "understudy status" };
  }
  if (missing.length === 0) return undefined;
  const seen = missing.map(([store, words]) => `${words} there ${says(there, store)}`).join(", ");
  return {
    why: `${peer} is not seen to be primary of both stores: ${seen}`,
    next: `understudy status, then promote ${peer}: understudy failover --to ${peer}`,
  };
}

function isRole(store: ObservedStore, role: "primary" | "standby"): boolean {
  return store.state === "observed" && store.role === role;
}

function says(host: Host, store: "timescaledb" | "redis"): string {
  const observed = host[store];
  return observed.state === "observed" ? `is ${observed.role}` : `is unknown: ${observed.reason}`;
}
