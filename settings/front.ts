import { PEER_PATH } from "./agent-config";
import { CLIENT_LEAVES, SERVER_LEAF } from "./certificates/wanted";
import type { StackCertificates, StoredLeaf } from "./certificates/stored";
import type { Environment } from "./environment";
import { declaredExporters, EXPORTER_PATH, EXPORTERS } from "./exporters";
import { LOOPBACK } from "./address";
import { COLLECTOR_METRICS, LOKI_OTLP_PATH } from "./logs";
import { containerName } from "./names";
import { pairBackup } from "./pair";
import type { MadeByContainer } from "./listen";
import {
  DOOR_CONTAINERS,
  isExporter,
  isStore,
  SERVICE_NAMES,
  SERVICE_PORTS,
  SERVICES,
  STORE_NAMES,
  type ContainerName,
  type StoreName,
} from "./services";

/** Port on which the front takes TLS inside its container. */
export const FRONT_INSIDE = 9443;

/** The common name of whoever may pass the other host's front, and the key of that certificate in the stack's config. */
export const FRONT_CLIENT: (typeof CLIENT_LEAVES)[number] = "understudy-front";

/** The backup container's own metrics, which the other host's Prometheus and backups read. */
export const BACKUP_METRICS = { inside: 9121, path: "/metrics.txt" } as const;

/** The agent's own metrics, and the port at which it listens in its container. */
export const AGENT_METRICS = { inside: 8008, path: "/metrics" } as const;

/** Where an agent is asked whether a store's primary is on its host. */
export const PRIMARY_PATH = "/primary";

/** One request that passes the front: it leads to one path of one container, whatever else was asked. */
export interface FrontRoute {
  readonly method: "GET" | "POST";
  /** As the other host asks for it, letter by letter. */
  readonly path: string;
  readonly container: ContainerName;
  /** The container's own port. */
  readonly inside: number;
  /** What the container is asked for. */
  readonly to: string;
}

/** Where the front has what a container says at `path`. */
export function frontPath(container: ContainerName, path: string): string {
  return `/${container}${path}`;
}

function route(method: FrontRoute["method"], container: ContainerName, inside: number, to: string): FrontRoute {
  return { method, path: frontPath(container, to), container, inside, to };
}

/** Where Prometheus tells an Alertmanager of alerts. */
export const ALERTS_PATH = "/api/v2/alerts";

/** What the other host's door asks: whether a store's primary is here. */
export const PRIMARY_ROUTES = STORE_NAMES.map((store): FrontRoute & { readonly store: StoreName } => ({
  ...{ store, method: "GET", container: "agent", inside: AGENT_METRICS.inside },
  path: frontPath("agent", `${PRIMARY_PATH}/${store}`),
  to: `${PRIMARY_PATH}?store=${store}`,
}));

/** Everything that the other host asks over HTTP, and nothing else: metrics, the alerts of its Prometheus, and log lines. */
export function frontRoutes(environment: Environment): readonly FrontRoute[] {
  return [
    ...SERVICE_NAMES.flatMap((service) => {
      const { metrics, ports } = SERVICES[service];
      return metrics === null ? [] : [route("GET", service, ports[0].inside, metrics)];
    }),
    route("POST", "alertmanager", SERVICES.alertmanager.ports[0].inside, ALERTS_PATH),
    ...(pairBackup(environment) === undefined
      ? []
      : [route("GET", "backup", BACKUP_METRICS.inside, BACKUP_METRICS.path)]),
    ...(environment.agent === undefined
      ? []
      : [AGENT_METRICS.path, PEER_PATH].map((path) => route("GET", "agent", AGENT_METRICS.inside, path))),
    ...declaredExporters(environment).map((name) => route("GET", name, EXPORTERS[name].inside, EXPORTER_PATH)),
    ...(environment.logs === undefined
      ? []
      : [
          route("GET", "collector", COLLECTOR_METRICS.inside, COLLECTOR_METRICS.path),
          route("POST", "loki", SERVICES.loki.ports[0].inside, LOKI_OTLP_PATH),
        ]),
    ...(environment.clients === undefined ? [] : PRIMARY_ROUTES),
  ];
}

/** Whether the other host asks for a service's first port by such a route alone. */
export function passesFront(service: ContainerName): boolean {
  if (DOOR_CONTAINERS.some((one) => one === service)) return false;
  return (
    ["backup", "agent", "collector"].includes(service) ||
    isExporter(service) ||
    (service !== "front" && !isStore(service))
  );
}

/** How a host's services that speak HTTP are reached. */
export interface FrontPlan {
  /** Whether the host has a front. */
  readonly front: boolean;
  /** Whether its Prometheus and its backups ask the other host through that one's front. */
  readonly through: boolean;
  /** Whether what speaks HTTP listens on the host's loopback alone. */
  readonly closed: boolean;
}

/** As without certificates: plain HTTP on the host's addresses. */
export const OPEN: FrontPlan = { front: false, through: false, closed: false };

/** What a host sees of the other one. */
export interface PeerFacts {
  /** Whether it has any container of ours. */
  readonly containers: boolean;
  /** Whether it has a front that takes connections from this host. */
  readonly front: boolean;
  /** Whether its Prometheus asks this host's services past the front; true also when nobody knows. */
  readonly asksPlainly: boolean;
}

/**
 * What of the front a host is to have now. No step takes away what the other host still uses, so an upgraded pair is
 * closed by its second `up`: the fronts first, then each Prometheus through the other's front, then plain HTTP ends.
 * Where there is nothing yet on the other host, all at once. Pure.
 * @param certificates whether the host's stack has certificates
 * @param peer null when the other host cannot be asked; undefined when there is none
 * @param closed whether the host's containers were made so already; that is not taken back
 */
export function frontPlan(certificates: boolean, peer: PeerFacts | null | undefined, closed: boolean): FrontPlan {
  if (!certificates) return OPEN;
  if (peer === undefined) return { front: false, through: false, closed: true };
  if (peer === null) return { front: true, through: closed, closed };
  if (!peer.containers) return { front: true, through: true, closed: true };
  return { front: true, through: peer.front, closed: closed || !peer.asksPlainly };
}

/** What is added to a port on a container's label where it is published elsewhere than the host listens. */
export const ELSEWHERE = "@";

/** Whether a host's services that speak HTTP were made to listen on loopback alone, by the labels of its containers. */
export function isClosed(made: MadeByContainer): boolean {
  return (made.get(containerName("prometheus"))?.ports ?? "").includes(`${ELSEWHERE}${LOOPBACK}`);
}

/** Keys of `ports` that stay on the host's addresses: stores by their own protocols, gossip, and restic's. */
const NOT_HTTP = new Set<keyof Environment["ports"]>([
  ...(["alertmanager_cluster", "backup", "redis_tls", "sentinel"] as const),
  ...(["door_postgres", "door_redis"] as const),
]);

/** Whether a published port speaks HTTP to whoever asks. */
export function isHttpPort(key: keyof Environment["ports"]): boolean {
  const owner = SERVICE_PORTS.find((one) => one.key === key)?.service;
  return !NOT_HTTP.has(key) && (owner === undefined || !isStore(owner));
}

/** Whom a published port is for: whoever reaches the host's addresses, the other host alone, or the host alone. */
export type Audience = "clients" | "peer" | "host";

/** One port that a host publishes while it runs, and for whom. */
export interface PortRow {
  readonly key: keyof Environment["ports"];
  readonly port: number;
  readonly container: ContainerName;
  readonly audience: Audience;
}

/** The one table of what a host publishes, and for whom. */
export function portTable(environment: Environment, plan: Pick<FrontPlan, "front" | "closed">): readonly PortRow[] {
  const { ports } = environment;
  const row = (key: PortRow["key"], container: ContainerName): PortRow => ({
    ...{ key, port: ports[key], container },
    audience: key === "front" ? "peer" : plan.closed && isHttpPort(key) ? "host" : "clients",
  });
  return [
    ...SERVICE_PORTS.map(({ key, service }) => row(key, service)),
    ...(pairBackup(environment) === undefined ? [] : [row("backup", "backup"), row("backup_metrics", "backup")]),
    ...(environment.agent === undefined ? [] : [row("agent", "agent")]),
    ...(environment.agent?.sentinel_name === undefined ? [] : [row("sentinel", "agent")]),
    ...declaredExporters(environment).map((name) => row(EXPORTERS[name].port, name)),
    ...(environment.logs === undefined ? [] : [row("collector", "collector")]),
    ...(environment.clients === undefined ? [] : [row("door_postgres", "pooler"), row("door_redis", "door")]),
    ...(plan.front ? [row("front", "front")] : []),
  ];
}

/** What a front, and who passes the other one, needs of a host's certificates. @throws Error when one is missing */
export function frontLeaves(certificates: StackCertificates): {
  readonly server: StoredLeaf;
  readonly client: StoredLeaf;
  readonly trust: string;
} {
  const of = (name: string): StoredLeaf => {
    const leaf = certificates.leaves[name];
    if (leaf === undefined) throw new Error(`understudy:certificates has no ${name}; next: understudy certificates`);
    return leaf;
  };
  return { server: of(SERVER_LEAF), client: of(FRONT_CLIENT), trust: certificates.trust.join("") };
}
