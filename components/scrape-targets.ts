import type { Environment } from "../settings/environment";
import { namedHosts, type NamedHost } from "../settings/pair";
import type { ServiceName } from "../settings/services";

/** One entry of Prometheus's `static_configs`. */
export interface ScrapeTarget {
  readonly targets: readonly string[];
  readonly labels: { readonly host: string; readonly service: ServiceName };
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
  return namedHosts(environment).flatMap((host) =>
    SCRAPED.map((service) => ({
      targets: [address(host, environment.ports[service])],
      labels: { host: host.name, service },
    })),
  );
}

/** The Alertmanagers of all hosts: each Prometheus tells every one of them. */
export function alertmanagerTargets(environment: Environment): readonly string[] {
  return namedHosts(environment).map((host) => address(host, environment.ports.alertmanager));
}
