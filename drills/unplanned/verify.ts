import type { StepOf } from "../engine/drill-run";
import type { StepRecorder } from "../engine/step-recorder";
import { healthChecks } from "../hosts/health-checks";
import { hookNext, promotedHookChecks } from "../hosts/hooks";
import { observePair } from "../hosts/observe";
import { roleCheck } from "../hosts/swap-checks";
import { countScrapes } from "../services/canary/scrapes";
import { continueFromBackups } from "../services/data-sync/continue-from-backups";
import { describeStoresOnly } from "../services/data-sync/describe-stores-only";
import { continuedChecks, describeUnplanned } from "../services/data-sync/describe-unplanned";
import { finishUnplannedProbe } from "./run-probe";
import type { UnplannedRun } from "./unplanned-run";
import type { Check } from "../../evidence/document";
import { askedServices } from "../../evidence/drill-request";
import { hostIn, roleOf } from "../../evidence/observed-role";
import type { Environment } from "../../settings/environment";
import { scrapeTargets, targetName } from "../../settings/scrape-targets";
import { STORE_NAMES } from "../../settings/services";

const SCRAPES_MS = 5000;

/** The promoted host's own targets: those of the host that is gone cannot be scraped. */
function targetsOn(host: string, environment: Environment): string[] {
  return scrapeTargets(environment).flatMap(({ labels }) => (labels.host === host ? [targetName(labels)] : []));
}

/**
 * Lets the services that nothing replicates continue with the newest backups, and notes in the facts what each service
 * kept. Gives what must hold of it; a failure undoes nothing. Where the stores alone are asked for, nothing is done.
 */
export async function continueServices(run: UnplannedRun, recorder: StepRecorder): Promise<Check[]> {
  const { facts, environment, credentials, old, to, request } = run;
  if (request.stores_only === true) {
    facts.continuity = describeStoresOnly({ kind: request.kind, probe: facts.probe, host: to.host.name });
    recorder.mark("the other services left as they are", null);
    return [];
  }
  const beganAt = Date.now() - (recorder.now() - run.beganAtMs);
  const services = await continueFromBackups({
    gone: old.host.name,
    to,
    environment,
    credentials,
    now: () => recorder.now(),
  });
  const scrapes = await countScrapes(
    { name: to.host.name, address: to.host.address, ports: environment.ports },
    { sinceSeconds: beganAt / 1000, declared: targetsOn(to.host.name, environment), timeoutMs: SCRAPES_MS },
  );
  facts.continuity = describeUnplanned({ probe: facts.probe, scrapes }, services);
  for (const { service, carried } of services.continued) {
    if (carried !== null) recorder.mark(`${service} continues with its newest backup`, to.host.name);
  }
  return continuedChecks(services, to.host.name);
}

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
    [...roleChecks(run), ...lossChecks(run), ...(await healthChecks([to], environment, askedServices(run.request)))],
    "understudy status",
  );
  recorder.require(continued, `understudy backup list --host ${old.host.name}`);
  recorder.require(promotedHookChecks(facts, to.host.name), hookNext(to.host));
  return undefined;
};

/** The old host must not be seen to be a primary, unless the operator has accepted that nobody can tell. */
function roleChecks({ facts, old, to }: UnplannedRun): Check[] {
  const promoted = STORE_NAMES.map((store) => roleCheck(facts.topologyAfter, to.host.name, store, "primary"));
  if (facts.unplanned?.acceptedUnfenced) return promoted;
  const silenced = STORE_NAMES.map((store): Check => {
    const measured = roleOf(hostIn(facts.topologyAfter, old.host.name)?.[store]) ?? "no answer";
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
      check(
        facts.unplanned?.probeSawFailure
          ? "acknowledged events lost"
          : "events lost of those acknowledged since the drill began",
        counts?.lost ?? null,
        limit,
      ),
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
