import { STORE_NAMES } from "../../settings/services";
import { recoveryMs, sawHostBefore } from "../../evidence/recovery-figures";
import { adoptProbe } from "../probe/adopt";
import { probeEndpoint } from "../probe/endpoints";
import { startProbe } from "../probe/probe";
import type { UnplannedRun } from "./unplanned-run";
import { probeCredentials } from "../../settings/own-roles";

/**
 * Adopts the standing probe that the drill names, or starts a probe of its own, which does not wait for
 * acknowledgements: nobody can give one yet.
 * @param label marks the events of a probe of its own; a resumed drill needs another one than the run before
 * @throws UserError when the standing probe is not there, or writes to another pair
 */
export async function startRunProbe(run: UnplannedRun, label = run.request.id): Promise<void> {
  const { request, environment, credentials, clock, old, to } = run;
  const endpoints = [old.host, to.host].map((host) => probeEndpoint(host, environment, to.redis.tls));
  run.probe =
    request.standing_probe === undefined
      ? await startProbe({
          drillId: label,
          endpoints,
          credentials: probeCredentials(credentials, to.sql),
          originNs: clock.originNs,
          readyWhen: "started",
        })
      : await adoptProbe(request.standing_probe, { adopter: `drill ${request.id}`, endpoints });
}

/** Ends the probe, reads its events back from the promoted host and says how long the service was away. */
export async function finishUnplannedProbe(run: UnplannedRun): Promise<void> {
  const { probe, facts, to, old } = run;
  if (probe === undefined) return;
  run.probe = undefined;
  const evidence = await probe.finish({ timescaledb: to.host.name, redis: to.host.name });
  facts.probe = evidence;
  if (facts.unplanned === null) return;
  for (const store of STORE_NAMES) {
    const promotedAtMs = run.promotedAtMs[store];
    facts.unplanned.recoveryMs[store] =
      promotedAtMs === undefined
        ? null
        : recoveryMs(evidence[store], { host: to.host.name, beganAtMs: run.beganAtMs, promotedAtMs });
  }
  facts.unplanned.probeSawFailure = STORE_NAMES.every((store) =>
    sawHostBefore(evidence[store], old.host.name, run.fencingBeganAtMs),
  );
}
