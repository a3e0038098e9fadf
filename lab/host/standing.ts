import { seenSession } from "../../drills/probe/seen-session";
import { seenEndpoints } from "../../drills/probe/endpoints";
import { startStandingProbe } from "../../drills/probe/standing/start";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { LabError } from "./run";
import { probeCredentials } from "../../settings/own-roles";

/** The probe ends by itself after so many minutes: longer than any one drill of the lab takes, with all that is around it. */
const MOST_MINUTES = 15;

/**
 * Starts a standing probe that ends with this process, and waits until both stores acknowledge its events.
 * @param label marks its events in both stores
 * @throws LabError when they do not
 */
export async function startStanding(
  environment: Environment,
  credentials: Credentials,
  { label, socket }: { readonly label: string; readonly socket: string },
): Promise<{ readonly end: () => Promise<void> }> {
  const probe = await startStandingProbe(
    {
      drillId: label,
      endpoints: await seenEndpoints(environment, credentials),
      credentials: probeCredentials(credentials, await seenSession(environment, credentials)),
      originNs: String(process.hrtime.bigint()),
      maxDurationMs: MOST_MINUTES * 60_000,
    },
    { environment: environment.name, socket, attached: true },
  );
  const notReady = await probe.readiness;
  if (notReady === undefined) return { end: () => probe.end() };
  await probe.end();
  throw new LabError(`the probe is not ready: ${notReady}; next: understudy status`);
}
