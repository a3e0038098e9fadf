import { STORE_NAMES } from "../../settings/services";
import { recoveryMs, sawHostBefore } from "../evidence/recovery";
import { startProbe } from "../probe/probe";
import type { UnplannedRun } from "./unplanned-run";

/**
 * Starts the drill's probe. It does not wait for acknowledgements: nobody can give one yet.
 * @param label marks the probe's events; a resumed drill needs another one than the run before
 */
export async function startRunProbe(run: UnplannedRun, label = run.request.id): Promise<void> {
  const { environment, credentials, clock, old, to } = run;
  run.probe = await startProbe({
    drillId: label,
    endpoints: [old.host, to.host].map((host) => ({
      name: host.name,
      postgres: { host: host.address, port: environment.ports.postgres },
      redis: { host: host.address, port: environment.ports.redis },
    })),
    credentials: { postgres: credentials.postgres, redis: credentials.redis },
    originNs: clock.originNs,
  });
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
