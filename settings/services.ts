import type { ServicePort, ServiceRow } from "./service-row";

/** The one table of services, in the order in which people list them: what is told of a service by its name is told here. */
export const SERVICES = {
  redis: {
    ports: [{ key: "redis", inside: 6379, askedByPeer: "replication and the boot guard" }],
    health: { protocol: "redis" },
    metrics: null,
    backup: "stream",
    promise: { planned: "sync", unplanned: "async", units: ["journal entries"], missingAllowed: 0 },
    carried: null,
    guardFolder: "/data/understudy",
    stop: { seconds: 30, flush: null },
  },
  timescaledb: {
    ports: [{ key: "postgres", inside: 5432, askedByPeer: "replication and the boot guard" }],
    health: { protocol: "postgresql" },
    metrics: null,
    backup: "base-and-log",
    promise: { planned: "sync", unplanned: "async", units: ["rows"], missingAllowed: 0 },
    carried: null,
    guardFolder: "/var/lib/postgresql/data/understudy",
    stop: { seconds: 60, flush: null },
  },
  prometheus: {
    ports: [{ key: "prometheus", inside: 9090, askedByPeer: "scrapes" }],
    health: { protocol: "http", path: "/-/ready" },
    metrics: "/metrics",
    backup: "snapshot",
    // One scrape of a target: its service is restarted between two of them.
    promise: { planned: "mirrored", unplanned: "mirrored", units: ["scrapes"], missingAllowed: 1 },
    carried: null,
    guardFolder: null,
    stop: { seconds: 60, flush: null },
  },
  alertmanager: {
    ports: [
      { key: "alertmanager", inside: 9093, askedByPeer: "alerts of the other Prometheus, scrapes" },
      { key: "alertmanager_cluster", inside: 9094, askedByPeer: "gossip, TCP and UDP" },
    ],
    health: { protocol: "http", path: "/-/ready" },
    metrics: "/metrics",
    backup: "files",
    promise: {
      planned: "mirrored",
      unplanned: "mirrored",
      units: ["silences", "firing alerts", "pages"],
      missingAllowed: 0,
    },
    carried: null,
    guardFolder: null,
    stop: { seconds: 15, flush: null },
  },
  loki: {
    ports: [{ key: "loki", inside: 3100, askedByPeer: "scrapes" }],
    health: { protocol: "http", path: "/ready" },
    metrics: "/metrics",
    backup: "files",
    promise: { planned: "sync", unplanned: "backup", units: ["log lines"], missingAllowed: 0 },
    // Chunks and their index; the rest is local state that Loki makes anew.
    carried: { folders: ["chunks"], unchanging: ["chunks"], how: "join" },
    guardFolder: null,
    stop: { seconds: 60, flush: null },
  },
  tempo: {
    ports: [
      { key: "tempo", inside: 3200, askedByPeer: "scrapes" },
      { key: "otlp_http", inside: 4318, askedByPeer: null },
    ],
    health: { protocol: "http", path: "/ready" },
    metrics: "/metrics",
    backup: "files",
    promise: { planned: "sync", unplanned: "backup", units: ["spans"], missingAllowed: 0 },
    // Blocks, and the write-ahead log that a stop leaves.
    carried: { folders: ["blocks", "wal"], unchanging: ["blocks"], how: "join" },
    guardFolder: null,
    // Ended without it, it waits for half a minute.
    stop: { seconds: 60, flush: "/shutdown" },
  },
  grafana: {
    ports: [{ key: "grafana", inside: 3000, askedByPeer: "scrapes" }],
    health: { protocol: "http", path: "/api/health" },
    metrics: "/metrics",
    backup: "files",
    promise: { planned: "sync", unplanned: "backup", units: ["dashboards"], missingAllowed: 0 },
    carried: { folders: ["."], unchanging: [], how: "replace" },
    guardFolder: null,
    stop: { seconds: 15, flush: null },
  },
} as const satisfies Record<string, ServiceRow>;

/** A service of the table. */
export type ServiceName = keyof typeof SERVICES;

/** The names of the services, in the order of the table. */
export const SERVICE_NAMES = Object.keys(SERVICES) as readonly ServiceName[];

/** Whether the table has a service of this name. */
export function isService(name: string): name is ServiceName {
  return Object.hasOwn(SERVICES, name);
}

/** The services whose row has something, not null, in this column. */
type With<Column extends "carried" | "guardFolder"> = {
  [Name in ServiceName]: (typeof SERVICES)[Name][Column] extends null ? never : Name;
}[ServiceName];

/** A store replicates by itself and has a role of its own; the other services do not. */
export type StoreName = With<"guardFolder">;

/** What people call the stores, in the order in which they are told of; the evidence names them after their services. */
export const STORE_LABELS: Readonly<Record<StoreName, string>> = { timescaledb: "PostgreSQL", redis: "Redis" };

/** The names of the stores, in the order in which people are told of them. */
export const STORE_NAMES = Object.keys(STORE_LABELS) as readonly StoreName[];

/** Whether a name is a store's; of evidence it may be any word. */
export function isStore(name: string): name is StoreName {
  return Object.hasOwn(STORE_LABELS, name);
}

/** Services that are no stores. */
export type OtherService = Exclude<ServiceName, StoreName>;

/** The names of the services that are no stores. */
export const OTHER_SERVICES: readonly OtherService[] = SERVICE_NAMES.filter((name) => !isStore(name));

/** Services that say over HTTP whether they are ready. */
export type HttpService = {
  [Name in ServiceName]: (typeof SERVICES)[Name]["health"] extends { readonly protocol: "http" } ? Name : never;
}[ServiceName];

/** Services whose data a drill itself carries to the promoted host, because nothing replicates them. */
export type CarriedService = With<"carried">;

/** Whether a drill carries a service's data. */
export function isCarried(name: ServiceName): name is CarriedService {
  return SERVICES[name].carried !== null;
}

/** The names of the services whose data a drill carries. */
export const CARRIED_SERVICES: readonly CarriedService[] = SERVICE_NAMES.filter(isCarried);

/** Whether the other host receives a service's write-ahead log, and takes its backups: it can be brought to any moment. */
export function hasLogArchive(name: ServiceName): boolean {
  return SERVICES[name].backup === "base-and-log";
}

/** The exporters of a host's stores and of the host, which others have written: see `exporters.ts`. */
export const EXPORTER_NAMES = ["postgres-exporter", "redis-exporter", "node-exporter"] as const;

/** One of them. */
export type ExporterName = (typeof EXPORTER_NAMES)[number];

/** Whether a name is an exporter's. */
export function isExporter(name: string): name is ExporterName {
  return EXPORTER_NAMES.some((one) => one === name);
}

/** The containers of a host's door for clients: what leads to the primary, what pools, and what a drill gives its orders to. */
export const DOOR_CONTAINERS = ["door", "pooler", "keeper"] as const;

/**
 * Every container of a host: the services, the one that backs the other host's data up, the TLS front, the agent,
 * exporters, the Collector of logs, and the door.
 */
export const CONTAINER_NAMES = [
  ...SERVICE_NAMES,
  "backup",
  "front",
  "agent",
  ...EXPORTER_NAMES,
  "collector",
  ...DOOR_CONTAINERS,
] as const;

/** Whatever has a container of its own on a host. */
export type ContainerName = (typeof CONTAINER_NAMES)[number];

/** Keys of the section `ports` of an environment file that belong to services. */
export type ServicePortKey = (typeof SERVICES)[ServiceName]["ports"][number]["key"];

/** Every port of every service, with whose it is. */
export const SERVICE_PORTS: readonly (ServicePort & { readonly key: ServicePortKey; readonly service: ServiceName })[] =
  SERVICE_NAMES.flatMap((service) => SERVICES[service].ports.map((port) => ({ ...port, service })));
