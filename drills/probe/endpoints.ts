import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import type { ProbeEndpoint } from "./options";

/** The published store endpoints of an environment's hosts, as the probe writes to them. */
export function probeEndpoints(environment: Environment): ProbeEndpoint[] {
  const { ports } = environment;
  return namedHosts(environment).map(({ name, address }) => ({
    name,
    postgres: { host: address, port: ports.postgres },
    redis: { host: address, port: ports.redis },
  }));
}
