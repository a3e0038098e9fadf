import type { Environment } from "../../settings/environment";
import { SERVICE_NAMES, STORE_NAMES } from "../../settings/services";
import type { DrillFacts } from "../../evidence/drill-facts";
import type { HostSessions } from "./sessions";
import type { PairReading } from "./pair-reading";

/** Which image each service runs on each host, and which of them are stand-ins. */
export function serviceFacts(
  sessions: readonly Pick<HostSessions, "host">[],
  reading: Pick<PairReading, "containers">,
  environment: Environment,
): DrillFacts["services"] {
  return sessions.flatMap(({ host }) =>
    SERVICE_NAMES.map((service) => ({
      host: host.name,
      service,
      image:
        reading.containers[host.name]?.find((one) => one.service === service)?.image ??
        environment.services[service].image,
      standIn: environment.services[service].stand_in ?? null,
    })),
  );
}

/** Versions of what takes part, as the stores say themselves. */
export function versionFacts({ topology }: Pick<PairReading, "topology">): DrillFacts["versions"] {
  const versions: Record<string, string> = { node: process.version };
  for (const one of topology.hosts) {
    for (const store of STORE_NAMES) {
      const observed = one[store];
      if (observed.state === "observed") versions[`${store}@${one.host}`] = String(observed.detail["version"]);
    }
  }
  return versions;
}
