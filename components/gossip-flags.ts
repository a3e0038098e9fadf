import { isIP } from "node:net";
import type { Environment } from "../settings/environment";
import type { HostView, NamedHost } from "../settings/pair";

/** Port that Alertmanager gossips on inside its container, over TCP and UDP. */
export const GOSSIP_PORT = 9094;

function gossipAddress(environment: Environment, host: NamedHost): string {
  if (isIP(host.replication_address) === 0) {
    throw new Error(
      `Alertmanager's gossip needs an IP address: hosts.${host.name}.replication_address is "${host.replication_address}"; ` +
        "next: write the IP address into the environment file",
    );
  }
  const port = String(environment.ports.alertmanager_cluster);
  return isIP(host.replication_address) === 6
    ? `[${host.replication_address}]:${port}`
    : `${host.replication_address}:${port}`;
}

/**
 * Alertmanager's cluster flags: a cluster of two over the network between the hosts, or none for a host that stands
 * alone. The address announced is the host's, not the container's, which the peer cannot reach.
 * @throws Error naming the host whose replication address is a name.
 */
export function gossipFlags(environment: Environment, view: HostView): readonly string[] {
  if (view.peer === undefined) {
    return ["--cluster.listen-address="];
  }
  return [
    `--cluster.listen-address=0.0.0.0:${String(GOSSIP_PORT)}`,
    `--cluster.advertise-address=${gossipAddress(environment, view.self)}`,
    `--cluster.peer=${gossipAddress(environment, view.peer)}`,
    // What gossip has not brought over is brought by the next comparison of all state, by default after 60 s.
    "--cluster.pushpull-interval=10s",
  ];
}
