import type { Environment } from "../../settings/environment";
import { scrapeTargets, targetName } from "../../settings/scrape-targets";
import { countScrapes } from "../services/canary/scrapes";
import { continueFromBackups } from "../services/data-sync/continue-from-backups";
import { continuedChecks, describeUnplanned } from "../services/data-sync/describe-unplanned";
import type { Check } from "../../evidence/document";
import type { StepRecorder } from "../engine/step-recorder";
import type { UnplannedRun } from "./unplanned-run";

const SCRAPES_MS = 5000;

/** The promoted host's own targets: those of the host that is gone cannot be scraped. */
function targetsOn(host: string, environment: Environment): string[] {
  return scrapeTargets(environment).flatMap(({ labels }) => (labels.host === host ? [targetName(labels)] : []));
}

/**
 * Lets the services that nothing replicates continue with the newest backups, and notes in the facts what each service
 * kept. Gives what must hold of it; a failure undoes nothing.
 */
export async function continueServices(run: UnplannedRun, recorder: StepRecorder): Promise<Check[]> {
  const { facts, environment, credentials, old, to } = run;
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
