import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../settings/environment";
import type { ServiceName } from "../../settings/services";
import { pollUntil } from "./bounded";
import type { Check } from "../../evidence/document";
import { type ContainerReading, readContainers } from "./containers";
import type { HostSessions } from "./sessions";

const HEALTHY_MS = 60_000;
/** Pause before what was not healthy is asked again. */
const AGAIN_MS = 50;

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
      const reading = await untilHealthy((asked) => readContainers(sessions, environment, asked), services, HEALTHY_MS);
      return reading.map((one) => healthyCheck(sessions.host.name, one));
    }),
  );
  return perHost.flat();
}

/**
 * Reads all of `services` until all of them are healthy in one reading, at most `withinMs`. Between two such readings only
 * those are asked again, after a short pause each time, that were not.
 */
export async function untilHealthy(
  read: (services: readonly ServiceName[]) => Promise<readonly ContainerReading[]>,
  services: readonly ServiceName[],
  withinMs: number,
): Promise<readonly ContainerReading[]> {
  const end = performance.now() + withinMs;
  for (;;) {
    const reading = await read(services);
    const sick = reading.filter((one) => !one.healthy).map(({ service }) => service);
    const leftMs = end - performance.now();
    if (sick.length === 0 || leftMs <= 0) return reading;
    await sleep(AGAIN_MS);
    await pollUntil(
      () => read(sick),
      (some) => some.every((one) => one.healthy),
      { deadlineMs: leftMs, pauseMs: AGAIN_MS },
    );
  }
}
