import { hostPort } from "./address";
import type { Environment } from "./environment";
import { declaredExporters, EXPORTER_PATH, EXPORTERS } from "./exporters";
import { AGENT_METRICS, BACKUP_METRICS, frontPath, type FrontPlan } from "./front";
import { COLLECTOR_METRICS } from "./logs";
import { containerName } from "./names";
import { namedHosts, type NamedHost, pairBackup } from "./pair";
import { SERVICE_NAMES, SERVICES, type ContainerName } from "./services";

/** One entry of Prometheus's `static_configs`. */
export interface ScrapeTarget {
  readonly targets: readonly string[];
  readonly labels: {
    readonly host: string;
    readonly service: ContainerName;
    /** Where its metrics are, when that is not `/metrics`. */
    readonly __metrics_path__?: string;
    readonly __scheme__?: "https";
    /** The address that its series carry, when it is asked at another one. */
    readonly instance?: string;
  };
}

/** From where a Prometheus asks, and on which ways; without it, every service at its host's own address. */
export interface AskedFrom {
  /** The host's name. */
  readonly self: string;
  readonly plan: FrontPlan;
}

/** What a Prometheus with certificates does on its own host's network, at the other host's front, or plainly. */
function wayTo(host: NamedHost, from: AskedFrom | undefined): "network" | "front" | "plain" {
  if (from === undefined) return "plain";
  const { front, closed, through } = from.plan;
  if (host.name === from.self) return front || closed ? "network" : "plain";
  return through ? "front" : "plain";
}

/** Where Prometheus looks unless it is told. */
const USUAL_PATH = "/metrics";

function address(host: NamedHost, port: number): string {
  return hostPort(host.replication_address, port);
}

function pathLabel(path: string): { readonly __metrics_path__?: string } {
  return path === USUAL_PATH ? {} : { __metrics_path__: path };
}

interface Asked {
  readonly host: NamedHost;
  readonly service: ContainerName;
  readonly inside: number;
  readonly published: number;
  readonly path: string;
}

/** The series have the same labels, whichever way they are asked for. */
function target(
  { host, service, inside, published, path }: Asked,
  ports: Environment["ports"],
  from?: AskedFrom,
): ScrapeTarget {
  const instance = address(host, published);
  const labels = { host: host.name, service };
  switch (wayTo(host, from)) {
    case "plain":
      return { targets: [instance], labels: { ...labels, ...pathLabel(path) } };
    case "network":
      return { targets: [`${containerName(service)}:${inside}`], labels: { ...labels, ...pathLabel(path), instance } };
    case "front": {
      const passing = { __scheme__: "https", __metrics_path__: frontPath(service, path) } as const;
      return { targets: [address(host, ports.front)], labels: { ...labels, ...passing, instance } };
    }
  }
}

/**
 * Every monitored service of every host, the own host included: both Prometheus servers see the same series under the same
 * names. They are reached over the network between the hosts, or as `from` says.
 */
export function scrapeTargets(environment: Environment, from?: AskedFrom): readonly ScrapeTarget[] {
  const { ports } = environment;
  return namedHosts(environment).flatMap((host): ScrapeTarget[] => [
    ...SERVICE_NAMES.flatMap((service): ScrapeTarget[] => {
      const { metrics: path, ports: own } = SERVICES[service];
      if (path === null) return [];
      const [{ inside, key }] = own;
      return [target({ host, service, inside, published: ports[key], path }, ports, from)];
    }),
    ...(pairBackup(environment) === undefined
      ? []
      : [target({ host, service: "backup", published: ports.backup_metrics, ...BACKUP_METRICS }, ports, from)]),
  ]);
}

/** The agents of all hosts, which are asked more often; none where the environment has none. The ways are the same. */
export function agentTargets(environment: Environment, from?: AskedFrom): readonly ScrapeTarget[] {
  const { ports, agent } = environment;
  if (agent === undefined) return [];
  return namedHosts(environment).map((host) =>
    target({ host, service: "agent", published: ports.agent, ...AGENT_METRICS }, ports, from),
  );
}

/** The exporters of all hosts; none where the environment has none. The ways are the same. */
export function exporterTargets(environment: Environment, from?: AskedFrom): readonly ScrapeTarget[] {
  const { ports } = environment;
  return namedHosts(environment).flatMap((host) =>
    declaredExporters(environment).map((service) => {
      const { inside, port } = EXPORTERS[service];
      return target({ host, service, inside, published: ports[port], path: EXPORTER_PATH }, ports, from);
    }),
  );
}

/** The Collectors of all hosts; none where the environment has none. The ways are the same. */
export function collectorTargets(environment: Environment, from?: AskedFrom): readonly ScrapeTarget[] {
  const { ports, logs } = environment;
  if (logs === undefined) return [];
  return namedHosts(environment).map((host) =>
    target({ host, service: "collector", published: ports.collector, ...COLLECTOR_METRICS }, ports, from),
  );
}

/** What a target is called where its scrapes are counted, such as `loki on host-a`. */
export function targetName({ service, host }: { readonly service?: string; readonly host?: string }): string {
  return `${service ?? "?"} on ${host ?? "?"}`;
}

/** Some Alertmanagers that are told in the same way, as Prometheus' configuration has them. */
export interface AlertmanagerGroup {
  readonly scheme?: "https";
  readonly path_prefix?: string;
  readonly static_configs: readonly [{ readonly targets: readonly string[] }];
}

/** The Alertmanagers of all hosts: each Prometheus tells every one of them. */
export function alertmanagerGroups(environment: Environment, from?: AskedFrom): readonly AlertmanagerGroup[] {
  const hosts = namedHosts(environment);
  const [{ inside, key }] = SERVICES.alertmanager.ports;
  const by = (way: ReturnType<typeof wayTo>): readonly NamedHost[] => hosts.filter((host) => wayTo(host, from) === way);
  const group = (hosts: readonly NamedHost[], of: (host: NamedHost) => string): AlertmanagerGroup[] =>
    hosts.length === 0 ? [] : [{ static_configs: [{ targets: hosts.map(of) }] }];
  return [
    ...group(by("plain"), (host) => address(host, environment.ports[key])),
    ...group(by("network"), () => `${containerName("alertmanager")}:${inside}`),
    ...group(by("front"), (host) => address(host, environment.ports.front)).map((one) => ({
      ...{ scheme: "https" as const, path_prefix: frontPath("alertmanager", "") },
      ...one,
    })),
  ];
}
