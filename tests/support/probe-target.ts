import { probeEndpoints } from "../../drills/probe/endpoints";
import type { ProbeOptions } from "../../drills/probe/options";
import { seenSession } from "../../drills/probe/seen-session";
import { probeCredentials } from "../../settings/own-roles";
import { labCredentials, labEnvironment } from "./lab-stacks";

/** A running pair with its passwords, for tests that write to it. */
export type ProbeTarget = Pick<ProbeOptions, "endpoints" | "credentials">;

/** The lab's pair, encrypted as it is. */
export async function labProbeTarget(): Promise<ProbeTarget> {
  const [environment, credentials] = [labEnvironment(), await labCredentials()];
  return {
    endpoints: probeEndpoints(environment, credentials),
    credentials: probeCredentials(credentials, await seenSession(environment, credentials)),
  };
}
