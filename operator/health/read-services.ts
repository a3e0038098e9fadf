import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { namedHosts, type NamedHost, type Role } from "../../settings/pair";
import { SERVICE_NAMES, type ServiceName } from "../../settings/services";
import type { ObservedStore } from "../../evidence/document";
import { agreedRole } from "../../evidence/observed-role";
import { readContainerStates, type ContainerState } from "../../drills/hosts/container-state";
import { connectEngine } from "../../drills/hosts/engine";
import { askStores, closeStores, type HostStores, observeRedis } from "../../drills/hosts/observe";
import { askReadiness, type ServiceAnswer } from "../../drills/hosts/readiness";
import type { RedisSession } from "../../drills/hosts/redis";
import { type HealthVerdict, judgeHealth } from "./judge-health";

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
    close: () => stores.forEach(closeStores),
  };
}

/** The same reading, with no session left open. */
export async function readServicesOnce(environment: Environment, credentials: Credentials): Promise<ServicesReading> {
  const reading = await readServices(environment, credentials);
  reading.close();
  return reading;
}

/** A Redis that loads its data says what it is, and is not ready. */
async function pingRedis(redis: RedisSession): Promise<ObservedStore> {
  const pong = await redis.command("PING");
  if (pong !== "PONG") throw new Error(`answers PING with ${JSON.stringify(pong)}`);
  return observeRedis(redis);
}

async function readHost(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<{ services: readonly ServiceReading[]; stores: HostStores }> {
  const engine = connectEngine(host);
  try {
    const [stores, containers, answers] = await Promise.all([
      askStores(host, environment, credentials, { askRedis: pingRedis }),
      readContainerStates(host, engine, SERVICE_NAMES),
      Promise.all(SERVICE_NAMES.map((service) => askReadiness(host, environment, service))),
    ]);
    const { timescaledb, redis } = stores;
    const hostRole: ServiceReading["hostRole"] =
      agreedRole({ timescaledb: timescaledb.observed, redis: redis.observed }) ?? "unknown";
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
