import type { Environment } from "../../settings/environment";
import type { ServiceName } from "../../settings/services";
import { pollUntil } from "./bounded";
import type { Check } from "../../evidence/document";
import { type ContainerReading, readContainers } from "./containers";
import type { HostSessions } from "./sessions";

const HEALTHY_MS = 60_000;

/** Name of the check of a service's health. */
export function healthOf(service: ServiceName): string {
  return `${service} healthy`;
}

/** Whether a service of `host` was healthy; where it was not, what was read of it is what was measured. */
export function healthyCheck(host: string, { service, healthy, detail }: ContainerReading): Check {
  return { name: healthOf(service), host, measured: healthy ? true : detail, limit: true, ok: healthy };
}

/** One check for each of `services` on each host; waits up to a minute for what is not healthy yet. */
export async function healthChecks(
  hosts: readonly Pick<HostSessions, "host" | "engine">[],
  environment: Environment,
  services: readonly ServiceName[],
): Promise<Check[]> {
  const perHost = await Promise.all(
    hosts.map(async (sessions) => {
      const { reading } = await pollUntil(
        () => readContainers(sessions, environment, services),
        (containers) => containers.every((one) => one.healthy),
        { deadlineMs: HEALTHY_MS, pauseMs: 500 },
      );
      return reading.map((one) => healthyCheck(sessions.host.name, one));
    }),
  );
  return perHost.flat();
}
