import type { ProbeOptions } from "../../drills/probe/options";
import { probeCredentials } from "../../settings/own-roles";
import { namedHosts } from "../../settings/pair";
import { labCredentials, labEnvironment } from "./lab-stacks";

/** A running pair with its passwords, for tests that write to it. */
export type ProbeTarget = Pick<ProbeOptions, "endpoints" | "credentials">;

/** The lab's pair. */
export async function labProbeTarget(): Promise<ProbeTarget> {
  const environment = labEnvironment();
  return {
    endpoints: namedHosts(environment).map(({ name, address }) => ({
      name,
      postgres: { host: address, port: environment.ports.postgres },
      redis: { host: address, port: environment.ports.redis },
    })),
    credentials: probeCredentials(await labCredentials()),
  };
}
