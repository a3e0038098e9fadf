import type { Environment } from "./environment";
import { namedHosts, type NamedHost, pairBackup } from "./pair";
import type { ContainerName, ServiceName } from "./services";

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

/** Services that publish metrics on the port they are used by, under the port's name in the environment file. */
const SCRAPED = ["prometheus", "alertmanager", "loki", "tempo", "grafana"] as const satisfies readonly (ServiceName &
  keyof Environment["ports"])[];

function address(host: NamedHost, port: number): string {
  return `${host.replication_address}:${String(port)}`;
}

/**
 * Every monitored service of every host, reached over the network between the hosts, the own host included: both
 * Prometheus servers see the same series under the same names.
 */
export function scrapeTargets(environment: Environment): readonly ScrapeTarget[] {
  const { ports } = environment;
  return namedHosts(environment).flatMap((host): ScrapeTarget[] => [
    ...SCRAPED.map((service) => ({
      targets: [address(host, ports[service])],
      labels: { host: host.name, service },
    })),
    ...(pairBackup(environment) === undefined
      ? []
      : [
          {
            targets: [address(host, ports.backup_metrics)],
            labels: { host: host.name, service: "backup" as const, __metrics_path__: "/metrics.txt" },
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
