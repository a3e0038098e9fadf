import type { ObservedStore, Topology } from "../../../evidence/document";
import type { Role } from "../../../settings/pair";

/** What one store says: a role, or (any other text) why it could not be read. */
function store(word: string, detail: Readonly<Record<string, string | number | boolean | null>>): ObservedStore {
  return word === "primary" || word === "standby"
    ? { state: "observed", role: word, detail: { ...detail } }
    : { state: "unknown", reason: word };
}

/** A reading of hosts: `{ "host-a": ["primary", "standby"] }` is PostgreSQL's role, then Redis's. */
export function topologyOf(
  hosts: Readonly<Record<string, readonly [postgres: string, redis: string]>>,
  postgresDetail: Readonly<Record<string, string | number | boolean | null>> = {},
): Topology {
  return {
    readAt: "2026-11-23T10:00:00.000Z",
    hosts: Object.entries(hosts).map(([host, [postgres, redis]]) => ({
      host,
      declaredRole: null,
      timescaledb: store(postgres, postgresDetail),
      redis: store(redis, {}),
    })),
  };
}

/** Both stores of each host agree. */
export function topologyOfRoles(hosts: Readonly<Record<string, Role | "silent">>): Topology {
  return topologyOf(Object.fromEntries(Object.entries(hosts).map(([host, role]) => [host, [role, role] as const])));
}
