import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { ServiceName } from "../../settings/services";
import { bounded } from "../bounded";
import { messageOf } from "../user-error";
import type { HostEngine } from "./engine";

/** One service on one host, as its engine and, for services that speak HTTP, the service itself say. */
export interface ContainerReading {
  readonly service: ServiceName;
  readonly healthy: boolean;
  /** In words: state and health, or why it could not be read. */
  readonly detail: string;
  /** The image the container was made from; null when there is no container. */
  readonly image: string | null;
}

/** Readiness endpoints, asked from outside: images without a shell cannot check themselves. */
const READINESS: Readonly<Partial<Record<ServiceName, { port: keyof Environment["ports"]; path: string }>>> = {
  prometheus: { port: "prometheus", path: "/-/ready" },
  alertmanager: { port: "alertmanager", path: "/-/ready" },
  loki: { port: "loki", path: "/ready" },
  tempo: { port: "tempo", path: "/ready" },
  grafana: { port: "grafana", path: "/api/health" },
};

async function readiness(host: NamedHost, environment: Environment, service: ServiceName): Promise<string | null> {
  const endpoint = READINESS[service];
  if (endpoint === undefined) return null;
  try {
    const response = await fetch(`http://${host.address}:${environment.ports[endpoint.port]}${endpoint.path}`, {
      signal: AbortSignal.timeout(3000),
    });
    await response.arrayBuffer();
    return response.ok ? null : `answers ${response.status} at ${endpoint.path}`;
  } catch (error) {
    return `does not answer at ${endpoint.path}: ${messageOf(error)}`;
  }
}

/** Reads the state of `services` on one host; what cannot be read is not healthy, and says why. */
export async function readContainers(
  { host, engine }: { host: NamedHost; engine: HostEngine },
  environment: Environment,
  services: readonly ServiceName[],
): Promise<readonly ContainerReading[]> {
  return Promise.all(
    services.map(async (service): Promise<ContainerReading> => {
      try {
        const container = engine.docker.getContainer(containerName(service));
        const [{ State: state, Config: config }, notReady] = await Promise.all([
          bounded(`${host.name}: Docker engine`, 5000, container.inspect()),
          readiness(host, environment, service),
        ]);
        const health = state.Health?.Status ?? "none";
        const healthy = state.Running && notReady === null && (health === "healthy" || health === "none");
        const words = [state.Status, ...(health === "none" ? [] : [health]), ...(notReady === null ? [] : [notReady])];
        const last = state.Health?.Log.at(-1);
        const said = last !== undefined && last.ExitCode !== 0 ? last.Output.trim() : "";
        return { service, healthy, detail: [words.join(", "), said].filter(Boolean).join(": "), image: config.Image };
      } catch (error) {
        return { service, healthy: false, detail: messageOf(error), image: null };
      }
    }),
  );
}
