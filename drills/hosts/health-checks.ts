import type { Environment } from "../../settings/environment";
import { SERVICE_NAMES } from "../../settings/services";
import { pollUntil } from "./bounded";
import type { Check } from "../../evidence/document";
import { readContainers } from "./containers";
import type { HostSessions } from "./sessions";

const HEALTHY_MS = 60_000;

/** One check for each service of each host; waits up to a minute for what is not healthy yet. */
export async function healthChecks(
  hosts: readonly Pick<HostSessions, "host" | "engine">[],
  environment: Environment,
): Promise<Check[]> {
  const perHost = await Promise.all(
    hosts.map(async (sessions) => {
      const { reading } = await pollUntil(
        () => readContainers(sessions, environment, SERVICE_NAMES),
        (containers) => containers.every((one) => one.healthy),
        { deadlineMs: HEALTHY_MS, pauseMs: 500 },
      );
      return reading.map((one): Check => ({
        name: `${one.service} healthy`,
        host: sessions.host.name,
        measured: one.healthy ? true : one.detail,
        limit: true,
        ok: one.healthy,
      }));
    }),
  );
  return perHost.flat();
}
