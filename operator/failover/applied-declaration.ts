import { isDeepStrictEqual } from "node:util";
import { SENTINEL_INSIDE } from "../../settings/agent-config";
import { CREDENTIAL_KEYS, type Credentials, type Passwords } from "../../settings/credentials";
import type { PendingChange } from "../../settings/drill-config";
import { REDIS_TLS_INSIDE } from "../../settings/encryption";
import type { Environment } from "../../settings/environment";
import { LOOPBACK } from "../../settings/address";
import { DOOR_PORTS } from "../../settings/door-ports";
import { EXPORTERS, exporterSettings } from "../../settings/exporters";
import { COLLECTOR_METRICS } from "../../settings/logs";
import { AGENT_METRICS, BACKUP_METRICS, FRONT_INSIDE } from "../../settings/front";
import { listenEntries, listeningOf } from "../../settings/listen";
import { containerName } from "../../settings/names";
import { declaredContainers, namedHosts, type NamedHost } from "../../settings/pair";
import { CONTAINER_NAMES, isExporter, SERVICES, type ContainerName } from "../../settings/services";
import { shown, type StateResource } from "./stack-state";

const CONTAINER = "docker:index/container:Container";
const IMAGE = "docker:index/remoteImage:RemoteImage";

/** What one stack declares now. */
export interface Declared {
  readonly environment: Environment;
  readonly self: NamedHost;
  /** Of this stack's own config. */
  readonly credentials: Credentials;
}

/**
 * Addresses, ports and passwords that a stack declares now, and that are others than those its host was brought up with:
 * with these no drill can be run, since each part of it would speak to another server, or in vain. Each in words; no
 * password is told. What the state does not tell differs in nothing.
 */
export function changedWays(declared: Declared, state: readonly StateResource[]): readonly string[] {
  return [...changedAddresses(declared, state), ...changedPorts(declared, state), ...changedPasswords(declared, state)];
}

function changedAddresses({ environment, self }: Declared, state: readonly StateResource[]): readonly string[] {
  const peer = namedHosts(environment).find(({ name }) => name !== self.name);
  const engine = state.find(({ type, name }) => type === "pulumi:providers:docker" && name === `${self.name}-engine`);
  const { endpoints } = state.find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {};
  const clients = new Set(
    Object.values((endpoints ?? {}) as Record<string, unknown>).flatMap((one) =>
      typeof one === "string" ? [one.replace(/:\d+$/, "").replace(/^\[|\]$/g, "")] : [],
    ),
  );
  const variables = state
    .filter(({ type }) => type === CONTAINER)
    .flatMap(({ inputs }) => (Array.isArray(inputs["envs"]) ? inputs["envs"] : []).map(String));
  const peers = new Set(
    variables.flatMap((one) => (one.startsWith(PEER_ADDRESS) ? [one.slice(PEER_ADDRESS.length)] : [])),
  );
  // What speaks HTTP may be for the host alone.
  clients.delete(LOOPBACK);
  return [
    ...differs(`hosts.${self.name}.docker`, engine === undefined ? [] : [engine.inputs["host"]], self.docker),
    ...differs(`hosts.${self.name}.address`, [...clients], self.address),
    ...(peer === undefined
      ? []
      : differs(`hosts.${peer.name}.replication_address`, [...peers], peer.replication_address)),
  ];
}

const PEER_ADDRESS = "UNDERSTUDY_PEER_ADDRESS=";

function changedPorts({ environment }: Declared, state: readonly StateResource[]): readonly string[] {
  return CONTAINER_NAMES.flatMap((container) => {
    const published = containerIn(state, container)?.inputs["ports"];
    return portsOf(container, environment).flatMap(({ key, inside, port }) =>
      differs(
        `ports.${key}`,
        [...new Set((Array.isArray(published) ? published : []).flatMap((one) => externalOf(one, inside)))],
        port,
      ),
    );
  });
}

function externalOf(published: unknown, inside: number): readonly number[] {
  const { internal, external } = (published ?? {}) as { internal?: unknown; external?: unknown };
  return internal === inside && typeof external === "number" ? [external] : [];
}

function portsOf(
  container: ContainerName,
  { ports }: Environment,
): readonly { readonly key: string; readonly inside: number; readonly port: number }[] {
  if (container === "backup") {
    return [
      { key: "backup", inside: 8011, port: ports.backup },
      { key: "backup_metrics", inside: BACKUP_METRICS.inside, port: ports.backup_metrics },
    ];
  }
  if (container === "agent") {
    return [
      { key: "agent", inside: AGENT_METRICS.inside, port: ports.agent },
      { key: "sentinel", inside: SENTINEL_INSIDE, port: ports.sentinel },
    ];
  }
  if (isExporter(container)) {
    const { inside, port } = EXPORTERS[container];
    return [{ key: port, inside, port: ports[port] }];
  }
  if (container === "collector") return [{ key: "collector", inside: COLLECTOR_METRICS.inside, port: ports.collector }];
  if (container === "front") return [{ key: "front", inside: FRONT_INSIDE, port: ports.front }];
  if (container === "pooler") return [{ key: "door_postgres", inside: DOOR_PORTS.pooler, port: ports.door_postgres }];
  if (container === "door") return [{ key: "door_redis", inside: DOOR_PORTS.redis, port: ports.door_redis }];
  if (container === "keeper") return [];
  const own = SERVICES[container].ports.map(({ key, inside }) => ({ key, inside, port: ports[key] }));
  // Published unless the mode is `plain`: of a port that is not, nothing differs.
  return container === "redis" ? [...own, { key: "redis_tls", inside: REDIS_TLS_INSIDE, port: ports.redis_tls }] : own;
}

/** The passwords that a stack's host was brought up with last, from a state that shows its secrets; empty before it was. */
export function appliedPasswords(state: readonly StateResource[]): Readonly<Record<string, unknown>> {
  const bootstrap = state.find(({ type }) => type.endsWith("/understudy:StoreBootstrap"));
  return (shown(bootstrap?.inputs["credentials"]) ?? {}) as Record<string, unknown>;
}

function changedPasswords({ credentials }: Declared, state: readonly StateResource[]): readonly string[] {
  const applied = appliedPasswords(state);
  return Object.entries(CREDENTIAL_KEYS).flatMap(([name, key]) => {
    const [then, now] = [applied[name], credentials[name as keyof Passwords]];
    // While it is being exchanged either may be in use; where there was none of its own, it was the superuser's.
    const former = credentials.before?.[name as keyof Passwords];
    if (former !== undefined && (then ?? applied["postgres"]) === former) return [];
    // One that came later is in use with what came with it; what passwords are derived from is in use as its absence too.
    const derived = name === "roles" && typeof applied["postgres"] === "string" && then !== now;
    const differs = typeof then === "string" && now !== undefined && then !== now;
    return derived || differs ? [`understudy:${key} is another one`] : [];
  });
}

function differs(what: string, applied: readonly unknown[], declared: string | number): readonly string[] {
  const others = applied.filter((one) => (typeof one === "string" || typeof one === "number") && one !== declared);
  return others.length === 0 ? [] : [`${what} was ${others.join(", ")} and is ${declared}`];
}

/** What a plain `up` would change of a stack's images and containers, as far as its state alone tells. */
export function changesByState({ environment, self }: Declared, state: readonly StateResource[]): PendingChange[] {
  // Whether there is a front, certificates say, of which a state tells nothing.
  const declared: readonly ContainerName[] = [...declaredContainers(environment), "front"];
  const change = (resource: string, what: PendingChange["change"]): PendingChange => ({
    host: self.name,
    resource,
    change: what,
  });
  return CONTAINER_NAMES.flatMap((name) => {
    const [container, image] = [containerIn(state, name), imageIn(state, name)];
    const { agent, backup, clients, front, logs, services } = environment;
    const door = { door: clients?.haproxy, pooler: clients?.pgbouncer, keeper: clients?.keeper };
    const wanted = { ...services, ...door, agent, backup, front, collector: logs, ...exporterSettings(environment) }[
      name
    ];
    if (container === undefined)
      return declared.includes(name) && name !== "front" ? [change(`${name}-container`, "create")] : [];
    if (!declared.includes(name) || wanted === undefined) return [change(`${name}-container`, "delete")];
    const { memory } = container.inputs;
    const replaced = image !== undefined && image.inputs["name"] !== wanted.image;
    return [
      ...(replaced ? [change(`${name}-image`, "replace")] : []),
      ...(replaced || listensElsewhere(self, name, container) ? [change(`${name}-container`, "replace")] : []),
      ...(typeof memory === "number" && memory !== wanted.memory_mib ? [change(`${name}-container`, "update")] : []),
    ];
  });
}

/**
 * Whether a container was published on other addresses than are declared; of a name nothing is known here, and nothing of
 * ports that are for the host alone or for the other host.
 */
function listensElsewhere(self: NamedHost, name: ContainerName, { inputs }: StateResource): boolean {
  if (name === "front") return false;
  const published = Array.isArray(inputs["ports"])
    ? (inputs["ports"] as readonly { ip?: unknown; external?: unknown }[])
    : [];
  const outside = new Set(published.flatMap(({ ip, external }) => (ip === LOOPBACK ? [] : [external])));
  const open = published.filter(({ external }) => outside.has(external));
  const were = new Set(open.flatMap(({ ip }) => (typeof ip === "string" ? [ip] : [])));
  const entries = listenEntries(self);
  if (were.size === 0 || entries.some((one) => "name" in one)) return false;
  return !isDeepStrictEqual(were, new Set(listeningOf(entries, {}).addresses));
}

function containerIn(state: readonly StateResource[], name: ContainerName): StateResource | undefined {
  return state.find(({ type, inputs }) => type === CONTAINER && inputs["name"] === containerName(name));
}

function imageIn(state: readonly StateResource[], name: ContainerName): StateResource | undefined {
  return state.find((one) => one.type === IMAGE && one.name === `${name}-image`);
}
