import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { ServiceName } from "../../settings/services";
import { readContainerState } from "./container-state";
import type { HostEngine } from "./engine";
import { serviceProblem } from "./readiness";

/** One service on one host, as its engine and, for services that speak HTTP, the service itself say. */
export interface ContainerReading {
  readonly service: ServiceName;
  readonly healthy: boolean;
  /** In words: state and health, or why it could not be read. */
  readonly detail: string;
  /** The image the container was made from; null when there is no container. */
  readonly image: string | null;
}

/** Reads the state of `services` on one host; what cannot be read is not healthy, and says why. */
export async function readContainers(
  { host, engine }: { host: NamedHost; engine: HostEngine },
  environment: Environment,
  services: readonly ServiceName[],
): Promise<readonly ContainerReading[]> {
  return Promise.all(
    services.map(async (service): Promise<ContainerReading> => {
      const [container, notReady] = await Promise.all([
        readContainerState(host, engine, service),
        serviceProblem(host, environment, service),
      ]);
      if (!container.read) return { service, healthy: false, detail: container.reason, image: null };
      const { running, status, health, said, image } = container;
      const healthy = running && notReady === null && (health === "healthy" || health === "none");
      const words = [status, ...(health === "none" ? [] : [health]), ...(notReady === null ? [] : [notReady])];
      return { service, healthy, detail: [words.join(", "), said].filter(Boolean).join(": "), image };
    }),
  );
}
