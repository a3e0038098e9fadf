import { STORE_NAMES } from "../../settings/services";
import type { StepOf } from "../engine/drill-run";
import type { Check } from "../../evidence/document";
import { observePair } from "../hosts/observe";
import { finishUnplannedProbe } from "./run-probe";
import type { UnplannedRun } from "./unplanned-run";
import { healthChecks } from "../hosts/health-checks";
import { continueServices } from "./continue-services";

/**
 * Sees both stores take writes on the promoted host and none on the old one, and counts what was lost. Then, when events
 * have been acknowledged again and nothing depends on it, the other services continue with the newest backups.
 */
export const verify: StepOf<UnplannedRun> = async (run, recorder) => {
  const { facts, environment, credentials, old, to } = run;
  await Promise.all(run.pendingWrites);
  await finishUnplannedProbe(run);
  recorder.mark("events read back", to.host.name);
  facts.topologyAfter = await observePair([old.host, to.host], environment, credentials, {
    [to.host.name]: "primary",
  });
  const continued = await continueServices(run, recorder);
  recorder.require(
    [...roleChecks(run), ...lossChecks(run), ...(await healthChecks([to], environment))],
    "understudy status",
  );
  recorder.require(continued, `understudy backup list --host ${old.host.name}`);
  return undefined;
};

/** The old host must not be seen to be a primary, unless the operator has accepted that nobody can tell. */
function roleChecks({ facts, old, to }: UnplannedRun): Check[] {
  const seen = (host: string, store: (typeof STORE_NAMES)[number]) =>
    facts.topologyAfter?.hosts.find((one) => one.host === host)?.[store];
  const promoted = STORE_NAMES.map((store): Check => {
    const observed = seen(to.host.name, store);
    const measured = observed?.state === "observed" ? observed.role : (observed?.reason ?? null);
    return { name: `${store} role`, host: to.host.name, measured, limit: "primary", ok: measured === "primary" };
  });
  if (facts.unplanned?.acceptedUnfenced) return promoted;
  const silenced = STORE_NAMES.map((store): Check => {
    const observed = seen(old.host.name, store);
    const measured = observed?.state === "observed" ? observed.role : "no answer";
    return {
      name: `${store} takes no writes`,
      host: old.host.name,
      measured,
      limit: "no answer, or standby",
      ok: measured !== "primary",
    };
  });
  return [...promoted, ...silenced];
}

function lossChecks({ facts, environment }: UnplannedRun): Check[] {
  const limit = environment.objectives.max_unplanned_loss_events;
  return STORE_NAMES.flatMap((store): Check[] => {
    const counts = facts.probe?.[store].counts;
    const recovered = facts.unplanned?.recoveryMs[store] ?? null;
    const check = (name: string, measured: number | null, most: number): Check => ({
      name: `${store} ${name}`,
      host: null,
      measured,
      limit: most,
      ok: measured !== null && measured <= most,
    });
    return [
      check("events duplicated", counts?.duplicated ?? null, 0),
      check("events phantom", counts?.phantom ?? null, 0),
      check("acknowledged events lost", counts?.lost ?? null, limit),
      {
        name: `${store} acknowledges events again, ms after the drill began`,
        host: null,
        measured: recovered,
        limit: "a time",
        ok: recovered !== null,
      },
    ];
  });
}
