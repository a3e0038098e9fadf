import { containerName } from "../../settings/names";
import {
  SERVICES,
  SERVICE_NAMES,
  STORE_NAMES,
  isStore,
  type ServiceName,
  type StoreName,
} from "../../settings/services";
import { bounded, pollUntil } from "../hosts/bounded";
import type { HostEngine } from "../hosts/engine";
import { markFenced } from "../hosts/mark-fenced";
import { runInContainer } from "../hosts/run-in-container";
import { messageOf, UserError } from "../../settings/user-error";

const ENGINE_MS = 15_000;
const GUARD_MS = 60_000;

/** The services of a host whose containers are there and do not run. @throws UserError when a store has no container */
export async function stoppedServices({ docker }: HostEngine, host: string): Promise<readonly ServiceName[]> {
  const running = await Promise.all(
    SERVICE_NAMES.map(async (service) => {
      try {
        const inspected = docker.getContainer(containerName(service)).inspect();
        return (await bounded(`${host}: Docker engine`, ENGINE_MS, inspected)).State.Running;
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode === 404 && !isStore(service)) return true;
        throw new UserError(`${service} on ${host} cannot be looked at: ${messageOf(error)}`, "understudy status");
      }
    }),
  );
  return SERVICE_NAMES.filter((_service, at) => running[at] === false);
}

/**
 * Starts containers that were stopped. A store is fenced first: whatever its boot guard sees of its peer, it does not
 * start as a primary.
 */
export async function startServices(
  { docker }: HostEngine,
  services: readonly ServiceName[],
  reason: string,
): Promise<void> {
  for (const store of STORE_NAMES.filter((one) => services.includes(one))) {
    await markFenced(docker, store, reason);
  }
  for (const service of services) {
    await bounded(`start of ${service}`, GUARD_MS, docker.getContainer(containerName(service)).start());
  }
}

/** Waits until the boot guard of `store` has decided, and returns its word. */
export async function guardStatus({ docker }: HostEngine, store: StoreName): Promise<string> {
  const { reading } = await pollUntil(
    () =>
      runInContainer(docker, containerName(store), ["cat", `${SERVICES[store].guardFolder}/status`])
        .then((status) => status.trim())
        .catch((error: unknown) => `silent ${messageOf(error)}`),
    (status) => /^(primary|standby|held|rejoining|cloning|demoted)\b/.test(status),
    { deadlineMs: GUARD_MS, pauseMs: 250 },
  );
  return reading;
}
