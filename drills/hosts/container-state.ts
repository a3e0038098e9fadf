import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { ContainerName } from "../../settings/services";
import { bounded } from "./bounded";
import { messageOf } from "../../settings/user-error";
import type { HostEngine } from "./engine";

const INSPECT_MS = 5000;

/** A service's container, as its Docker engine says. */
export type ContainerState =
  | {
      readonly read: true;
      readonly running: boolean;
      /** The engine's word, such as `running`, `exited`, `paused`. */
      readonly status: string;
      /** `none` when the container has no health check. */
      readonly health: "healthy" | "unhealthy" | "starting" | "none";
      /** What the last health check since its start printed when it failed; empty otherwise. */
      readonly said: string;
      /** The image the container was made from. */
      readonly image: string;
      /** When it was started, or when it ended: ISO 8601; null when it never ran. */
      readonly since: string | null;
    }
  /** `missing`: the engine says that there is no such container. */
  | { readonly read: false; readonly missing: boolean; readonly reason: string };

/** Never throws. */
async function readContainerState(
  host: NamedHost,
  engine: HostEngine,
  service: ContainerName,
): Promise<ContainerState> {
  try {
    const inspection = engine.docker.getContainer(containerName(service)).inspect();
    const { State: state, Config: config } = await bounded(`${host.name}: Docker engine`, INSPECT_MS, inspection);
    // The engine keeps the checks from before a start, such as one that met the service as it ended.
    const last = state.Health?.Log.findLast(({ Start: at }) => Date.parse(at) >= Date.parse(state.StartedAt));
    const moment = state.Running ? state.StartedAt : state.FinishedAt;
    return {
      read: true,
      running: state.Running && !state.Paused,
      status: state.Status,
      health: (state.Health?.Status ?? "none") as "healthy" | "unhealthy" | "starting" | "none",
      said: last !== undefined && last.ExitCode !== 0 ? last.Output.trim() : "",
      image: config.Image,
      since: moment.startsWith("0001-") ? null : new Date(moment).toISOString(),
    };
  } catch (error) {
    return { read: false, missing: (error as { statusCode?: number }).statusCode === 404, reason: messageOf(error) };
  }
}

/**
 * Asks the engine for several services' containers, one after the other over one connection: each further connection is a
 * further `ssh`. An engine that does not answer is asked once. In the order of `services`.
 */
export async function readContainerStates<S extends ContainerName>(
  host: NamedHost,
  engine: HostEngine,
  services: readonly S[],
): Promise<readonly { readonly service: S; readonly container: ContainerState }[]> {
  const states: { service: S; container: ContainerState }[] = [];
  let silent: ContainerState | undefined;
  for (const service of services) {
    const container = silent ?? (await readContainerState(host, engine, service));
    if (!container.read && !container.missing) silent = container;
    states.push({ service, container });
  }
  return states;
}
