import type { BackupSection } from "./backup-section";
import type { Environment, EnvironmentHost } from "./environment";
import { declaredExporters } from "./exporters";
import { DOOR_CONTAINERS, SERVICE_NAMES, type ContainerName } from "./services";

/** What a host is for both stores: `primary` takes the writes, `standby` follows it. */
export type Role = "primary" | "standby";

/** A host of the environment file together with its name. */
export interface NamedHost extends EnvironmentHost {
  readonly name: string;
}

/** One host of the environment, seen from that host: itself and, unless it stands alone, its peer. */
export interface HostView {
  readonly self: NamedHost;
  readonly peer: NamedHost | undefined;
}

/** Every host of the environment, in the order of the file. */
export function namedHosts(environment: Environment): readonly NamedHost[] {
  return Object.entries(environment.hosts).map(([name, host]) => ({ name, ...host }));
}

/**
 * The environment seen from host `name`.
 * @throws Error naming the hosts there are, when `name` is not one of them.
 */
export function viewFrom(environment: Environment, name: string): HostView {
  const hosts = namedHosts(environment);
  const self = hosts.find((host) => host.name === name);
  if (self === undefined) {
    throw new Error(`unknown host "${name}": the environment has ${hosts.map((host) => host.name).join(", ")}`);
  }
  return { self, peer: hosts.find((host) => host.name !== name) };
}

/** The backup section of a pair; undefined where nothing is backed up: no section, or no other host. */
export function pairBackup(environment: Environment): BackupSection | undefined {
  return namedHosts(environment).length === 2 ? environment.backup : undefined;
}

/** The containers that each host of this environment runs, but for the front: that one takes certificates as well. */
export function declaredContainers(environment: Environment): readonly Exclude<ContainerName, "front">[] {
  return [
    ...SERVICE_NAMES,
    ...(pairBackup(environment) === undefined ? [] : (["backup"] as const)),
    ...(environment.agent === undefined ? [] : (["agent"] as const)),
    ...declaredExporters(environment),
    ...(environment.logs === undefined ? [] : (["collector"] as const)),
    ...(environment.clients === undefined ? [] : DOOR_CONTAINERS),
  ];
}
