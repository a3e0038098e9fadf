import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { ServiceName } from "../../settings/services";
import { readContainerStates, type ContainerState } from "./container-state";
import type { HostEngine } from "./engine";
import { askReadiness, type ServiceAnswer } from "./readiness";

/** One service on one host, as its engine and, for services that speak HTTP, the service itself say. */
export interface ContainerReading {
  readonly service: ServiceName;
  readonly healthy: boolean;
  /** In words: state and health, or why it could not be read. */
  readonly detail: string;
  /** The image the container was made from; null when there is no container. */
  readonly image: string | null;
}

/**
 * Reads the state of `services` on one host; what cannot be read is not healthy, and says why. A service that answers over
 * HTTP is healthy before its container's first health check, which comes only after a whole interval, was made.
 */
export async function readContainers(
  { host, engine }: { host: NamedHost; engine: HostEngine },
  environment: Environment,
  services: readonly ServiceName[],
): Promise<readonly ContainerReading[]> {
  const asked = new Map(services.map((service) => [service, askReadiness(host, environment, service)]));
  const states = await readContainerStates(host, engine, services);
  return Promise.all(
    states.map(async ({ service, container }) => describe(service, container, (await asked.get(service)) ?? null)),
  );
}

function describe(service: ServiceName, container: ContainerState, answer: ServiceAnswer | null): ContainerReading {
  if (!container.read) return { service, healthy: false, detail: container.reason, image: null };
  const { running, status, health, said, image } = container;
  const problem = answer === null || answer.kind === "ready" ? null : answer.detail;
  const unasked = health === "starting" && said === "" && answer !== null;
  const healthy = running && problem === null && (health === "healthy" || health === "none" || unasked);
  const words = [status, ...(health === "none" ? [] : [health]), ...(problem === null ? [] : [problem])];
  return { service, healthy, detail: [words.join(", "), said].filter(Boolean).join(": "), image };
}
