import { hostPort } from "./address";
import type { Environment } from "./environment";
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
  };
}

/** Where Prometheus looks unless it is told. */
const USUAL_PATH = "/metrics";

function address(host: NamedHost, port: number): string {
  return hostPort(host.replication_address, port);
}

function pathLabel(path: string): { readonly __metrics_path__?: string } {
  return path === USUAL_PATH ? {} : { __metrics_path__: path };
}

/**
 * Every monitored service of every host, reached over the network between the hosts, the own host included: both
 * Prometheus servers see the same series under the same names.
 */
export function scrapeTargets(environment: Environment): readonly ScrapeTarget[] {
  const { ports } = environment;
  return namedHosts(environment).flatMap((host): ScrapeTarget[] => [
    ...SERVICE_NAMES.flatMap((service): ScrapeTarget[] => {
      const { metrics, ports: published } = SERVICES[service];
      if (metrics === null) return [];
      const labels = { host: host.name, service, ...pathLabel(metrics) };
      return [{ targets: [address(host, ports[published[0].key])], labels }];
    }),
    ...(pairBackup(environment) === undefined
      ? []
      : [
          {
            targets: [address(host, ports.backup_metrics)],
            labels: { host: host.name, service: "backup" as const, ...pathLabel("/metrics.txt") },
          },
        ]),
  ]);
}

/** What a target is called where its scrapes are counted, such as `loki on host-a`. */
export function targetName({ service, host }: { readonly service?: string; readonly host?: string }): string {
  return `${service ?? "?"} on ${host ?? "?"}`;
}

/** The Alertmanagers of all hosts: each Prometheus tells every one of them. */
export function alertmanagerTargets(environment: Environment): readonly string[] {
  return namedHosts(environment).map((host) => address(host, environment.ports.alertmanager));
}
