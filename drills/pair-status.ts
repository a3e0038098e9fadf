import type { Credentials } from "../settings/credentials";
import type { Environment } from "../settings/environment";
import { slotName } from "../settings/names";
import { namedHosts, type NamedHost, type Role } from "../settings/pair";
import { SERVICE_NAMES, type ServiceName } from "../settings/services";
import type { ObservedStore, Topology } from "./evidence/document";
import { readContainers, type ContainerReading } from "./hosts/containers";
import { connectEngine } from "./hosts/engine";
import { openSql } from "./hosts/sessions";
import { observePair } from "./observe";
import { streamingTo } from "./stores/postgres";

/** One service on one host, now. */
export interface StatusRow {
  readonly host: string;
  readonly service: ServiceName;
  readonly declaredRole: Role | null;
  /** A store's own word; null for services that have no role. `unknown` comes with the reason in `detail`. */
  readonly observedRole: Role | "unknown" | null;
  readonly healthy: boolean;
  readonly detail: string;
  /** WAL bytes the standby has not replayed; null where that has no meaning or cannot be read. */
  readonly lagBytes: number | null;
}

export interface PairStatus {
  readonly readAt: string;
  readonly rows: readonly StatusRow[];
  /** Every row healthy, and every store's role the one that is declared. */
  readonly good: boolean;
}

/** Reads every service of every host. A host that does not answer gives rows with the reason, not an error. */
export async function readPairStatus(
  environment: Environment,
  credentials: Credentials,
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<PairStatus> {
  const hosts = namedHosts(environment);
  const [topology, containers, lag] = await Promise.all([
    observePair(hosts, environment, credentials, declared),
    Promise.all(hosts.map((host) => containersOf(host, environment))),
    standbyLag(hosts, environment, credentials),
  ]);
  const rows = hosts.flatMap((host, at) => (containers[at] ?? []).map((one) => row(host, one, topology, lag)));
  return { readAt: topology.readAt, rows, good: rows.every(isGood) };
}

function isGood({ healthy, observedRole, declaredRole }: StatusRow): boolean {
  return healthy && (observedRole === null || observedRole === declaredRole);
}

async function containersOf(host: NamedHost, environment: Environment): Promise<readonly ContainerReading[]> {
  const engine = connectEngine(host);
  try {
    return await readContainers({ host, engine }, environment, SERVICE_NAMES);
  } finally {
    engine.close();
  }
}

/** Replay lag of each standby, as its primary sees it. */
async function standbyLag(
  hosts: readonly NamedHost[],
  environment: Environment,
  credentials: Credentials,
): Promise<ReadonlyMap<string, number>> {
  const lag = new Map<string, number>();
  await Promise.all(
    hosts.map(async (host) => {
      const standby = hosts.find((one) => one.name !== host.name);
      if (standby === undefined) return;
      try {
        const sql = await openSql(host, environment, credentials);
        const streaming = await streamingTo(sql, slotName(standby.name)).finally(() => sql.end());
        if (streaming !== null) lag.set(standby.name, streaming.replayLagBytes);
      } catch {
        // A standby has nothing to say of this, and a silent host says so in its rows.
      }
    }),
  );
  return lag;
}

function row(
  host: NamedHost,
  container: ContainerReading,
  topology: Topology,
  lag: ReadonlyMap<string, number>,
): StatusRow {
  const { service, healthy, detail } = container;
  const seen = topology.hosts.find((one) => one.host === host.name);
  const store: ObservedStore | undefined =
    service === "timescaledb" || service === "redis" ? seen?.[service] : undefined;
  return {
    host: host.name,
    service,
    declaredRole: seen?.declaredRole ?? null,
    observedRole: store === undefined ? null : store.state === "observed" ? store.role : "unknown",
    healthy,
    detail: store?.state === "unknown" ? `${detail}; ${store.reason}` : detail,
    lagBytes: service === "timescaledb" ? (lag.get(host.name) ?? null) : null,
  };
}
