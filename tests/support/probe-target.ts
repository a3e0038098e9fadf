import type { ProbeOptions } from "../../drills/probe/options";
import { namedHosts } from "../../settings/pair";
import { labCredentials, labEnvironment } from "./lab-stacks";

/** A running pair with its passwords, for tests that write to it. */
export type ProbeTarget = Pick<ProbeOptions, "endpoints" | "credentials">;

/** The lab's pair. */
export async function labProbeTarget(): Promise<ProbeTarget> {
  const environment = labEnvironment();
  const { postgres, redis } = await labCredentials();
  return {
    endpoints: namedHosts(environment).map(({ name, address }) => ({
      name,
      postgres: { host: address, port: environment.ports.postgres },
      redis: { host: address, port: environment.ports.redis },
    })),
    credentials: { postgres, redis },
  };
}
