import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost, type Role } from "../../settings/pair";
import { SERVICE_NAMES, type ServiceName } from "../../settings/services";
import type { ObservedStore, Topology } from "../../evidence/document";
import { readContainerStates, type ContainerState } from "../../drills/hosts/container-state";
import { connectEngine } from "../../drills/hosts/engine";
import { askReadiness } from "../../drills/hosts/readiness";
import { askStores, type HostStores } from "./host-stores";
import { type HealthVerdict, judgeHealth, type ServiceAnswer } from "./judge-health";

/** One service on one host: what it says itself, what its engine says of its container, and the verdict on both. */
export interface ServiceReading {
  readonly host: NamedHost;
  readonly service: ServiceName;
  readonly answer: ServiceAnswer;
  readonly container: ContainerState;
  readonly health: HealthVerdict;
  /** A store's own word on its role; null for a service that has none. */
  readonly store: ObservedStore | null;
  /** The role both stores of its host agree on; `unknown` when they differ or cannot be read. */
  readonly hostRole: Role | "unknown";
}

/** Every service of every host, read from outside its container, and the sessions to the stores, to be closed. */
export interface ServicesReading {
  readonly readAt: string;
  readonly services: readonly ServiceReading[];
  readonly stores: readonly HostStores[];
  close(): void;
}

/** Reads every service of every host; what does not answer within some seconds is a reading too. Changes nothing. */
export async function readServices(environment: Environment, credentials: Credentials): Promise<ServicesReading> {
  const hosts = await Promise.all(namedHosts(environment).map((host) => readHost(host, environment, credentials)));
  const stores = hosts.map((one) => one.stores);
  return {
    readAt: new Date().toISOString(),
    services: hosts.flatMap((one) => one.services),
    stores,
    close: () => {
      for (const one of stores) one.close();
    },
  };
}

/** The same reading, with no session left open. */
export async function readServicesOnce(environment: Environment, credentials: Credentials): Promise<ServicesReading> {
  const reading = await readServices(environment, credentials);
  reading.close();
  return reading;
}

/** What the stores of every host said of themselves, beside what each host is declared to be. */
export function storesTopology(
  { readAt, stores }: ServicesReading,
  declared: Readonly<Record<string, Role | undefined>>,
): Topology {
  const hosts = stores.map(({ host, timescaledb, redis }) => ({
    host: host.name,
    declaredRole: declared[host.name] ?? null,
    timescaledb: timescaledb.observed,
    redis: redis.observed,
  }));
  return { readAt, hosts };
}

async function readHost(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<{ services: readonly ServiceReading[]; stores: HostStores }> {
  const engine = connectEngine(host);
  try {
    const [stores, containers, answers] = await Promise.all([
      askStores(host, environment, credentials),
      readContainerStates(host, engine, SERVICE_NAMES),
      Promise.all(SERVICE_NAMES.map((service) => httpAnswer(host, environment, service))),
    ]);
    const hostRole = agreedRole(stores);
    const services = containers.flatMap(({ service, container }, at) => {
      const store = service === "timescaledb" || service === "redis" ? stores[service] : null;
      const answer = store?.answer ?? answers[at];
      if (!answer) return [];
      const health = judgeHealth(answer, container);
      return [{ host, service, answer, container, health, store: store?.observed ?? null, hostRole }];
    });
    return { services, stores };
  } finally {
    engine.close();
  }
}

async function httpAnswer(
  host: NamedHost,
  environment: Environment,
  service: ServiceName,
): Promise<ServiceAnswer | null> {
  const began = performance.now();
  const said = await askReadiness(host, environment, service);
  if (said === null) return null;
  const latencyMs = Math.round((performance.now() - began) * 10) / 10;
  if (!said.answers) return { kind: "silent", refused: said.refused, detail: said.detail };
  return said.ready ? { kind: "ready", latencyMs } : { kind: "not-ready", latencyMs, detail: said.detail };
}

function agreedRole({ timescaledb, redis }: HostStores): Role | "unknown" {
  const [one, other] = [timescaledb.observed, redis.observed];
  return one.state === "observed" && other.state === "observed" && one.role === other.role ? one.role : "unknown";
}
