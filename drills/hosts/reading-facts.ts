import type { Environment } from "../../settings/environment";
import { STORE_NAMES } from "../../settings/services";
import type { Topology } from "../../evidence/document";
import type { DrillFacts } from "../../evidence/drill-facts";
import type { PairReading } from "./pair-reading";

type BeforeTouching = Pick<PairReading, "topology" | "containers">;

/** Notes in the facts what was read before anything was touched: the roles, which image each service runs, and versions. */
export function noteReading(
  facts: DrillFacts,
  { topology, containers }: BeforeTouching,
  environment: Environment,
): void {
  facts.topologyBefore = topology;
  facts.services = serviceFacts(containers, environment);
  facts.versions = versionFacts(topology);
}

/** Which image each service that was asked runs on each host, and which of them are stand-ins. */
function serviceFacts(containers: BeforeTouching["containers"], { services }: Environment): DrillFacts["services"] {
  return Object.entries(containers).flatMap(([host, read]) =>
    read.map(({ service, image }) => ({
      host,
      service,
      image: image ?? services[service].image,
      standIn: services[service].stand_in ?? null,
    })),
  );
}

/** Versions of what takes part, as the stores say themselves. */
function versionFacts({ hosts }: Topology): DrillFacts["versions"] {
  const versions: Record<string, string> = { node: process.version };
  for (const one of hosts) {
    for (const store of STORE_NAMES) {
      const observed = one[store];
      if (observed.state === "observed") versions[`${store}@${one.host}`] = String(observed.detail["version"]);
    }
  }
  return versions;
}
