import { scrapeTargets, targetName } from "../../settings/scrape-targets";
import { whileHeld } from "../services/backup/hold-backups";
import { restoresOf } from "../services/backup/rehearse-restores";
import { bounded } from "../hosts/bounded";
import { startCanary, type CanaryHandle } from "../services/canary/canary";
import { canaryHost } from "../services/canary/options";
import type { CanaryReport } from "../services/canary/protocol";
import { prepareCarryOver } from "../services/data-sync/carry-over";
import { continuityChecks, describeContinuity } from "../services/data-sync/describe";
import { describeStoresOnly } from "../services/data-sync/describe-stores-only";
import type { DrillRun } from "../engine/drill-run";
import type { Check } from "../../evidence/document";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { messageOf } from "../../settings/user-error";

const AFTER_FAILURE_MS = 5000;

/**
 * Starts what will show, and see to it, that the services keep their data: the canary and both hosts' carriers. All of
 * it has begun, and what can be copied ahead is copied, when this fulfils: the cut has nothing of it beside it.
 * @throws StepFailure when the data did not come; what has arrived is kept for the next drill
 */
export async function prepareServiceData(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { request, environment, credentials, clock, from, to } = run;
  run.carryOver ??= prepareCarryOver(run);
  await run.carryOver.prepared.catch((error: unknown) => {
    throw new StepFailure({
      reason: `the services' data do not come from ${from.host.name} to ${to.host.name}: ${messageOf(error)}`,
      host: to.host.name,
      next: `understudy status, then a drill with a new id, which goes on from what has arrived; or without them: understudy switchover --stores-only --to ${to.host.name}`,
      undone: null,
    });
  });
  run.canary = await startCanary({
    drillId: request.id,
    hosts: [from, to].map(({ host }) => canaryHost(host, environment.ports)),
    grafanaPassword: credentials.grafana,
    grafanaFormer: credentials.before?.grafana,
    scraped: scrapeTargets(environment).map(({ labels }) => targetName(labels)),
    originNs: clock.originNs,
  });
  await run.canary.ready;
  recorder.mark("canary writes", null);
  recorder.mark("service data copied ahead", to.host.name);
}

/**
 * Brings the services' data to the promoted host, and lets the canary count there as soon as all of them have moved: the
 * former ones are started meanwhile. Gives what must hold of it.
 * @param probed the probe's events are read back, which what is written down has to have
 */
export async function carryServiceData(
  run: DrillRun,
  recorder: StepRecorder,
  probed: Promise<unknown> = Promise.resolve(),
): Promise<Check[]> {
  const { to, carryOver, canary, request } = run;
  if (request.stores_only === true) {
    await Promise.allSettled([probed]);
    await endServiceData(run);
    recorder.mark("the other services left as they are", null);
    return [];
  }
  if (carryOver === undefined || canary === undefined) return [];
  run.carried = await whileHeld(run.environment, () =>
    carryOver.run({
      now: () => recorder.now(),
      move: async (service) => {
        await canary.move(service, to.host.name);
        recorder.mark(`${service} continues`, to.host.name);
      },
      moved: () =>
        canary.finish(to.host.name).then(
          () => void recorder.mark("canary read back", to.host.name),
          () => undefined,
        ),
      ended: (part, host) => void recorder.mark(part, host),
    }),
  );
  run.carryOver = undefined;
  run.pendingWrites.push(carryOver.end().catch(() => undefined));
  await Promise.allSettled([probed]);
  await endServiceData(run);
  const { continuity } = run.facts;
  return continuity === undefined ? [] : continuityChecks(continuity, run.carried, to.host.name);
}

/**
 * Ends canary and carriers, and writes down what is known. Before the services' data were carried the canary counts on
 * the old primary: nothing was taken from there. Does nothing the second time.
 */
export async function endServiceData(run: DrillRun): Promise<void> {
  const { canary, carryOver, from, to, carried, facts, backups, rehearsed } = run;
  [run.canary, run.carryOver] = [undefined, undefined];
  const [report] = await Promise.all([
    canary && reportOf(canary, (carried.length === 0 ? from : to).host.name, carried.length === 0),
    carryOver?.end().catch(() => undefined),
  ]);
  if (run.request.stores_only === true) {
    facts.continuity = describeStoresOnly({ kind: run.request.kind, probe: facts.probe, host: to.host.name });
  }
  if (canary === undefined) return;
  facts.continuity = describeContinuity({
    kind: run.request.kind,
    probe: facts.probe,
    canary: report ?? null,
    carried,
    backups,
    restores: Object.keys(backups).length === 0 ? {} : restoresOf(rehearsed),
  });
}

/** What the canary counted; null when it could not. After a failure nobody waits for it: its host may be gone. */
async function reportOf(canary: CanaryHandle, readFrom: string, failed: boolean): Promise<CanaryReport | null> {
  const report = canary.finish(readFrom);
  try {
    return await (failed ? bounded("the canary", AFTER_FAILURE_MS, report) : report);
  } catch {
    report.catch(() => undefined);
    await canary.abort();
    return null;
  }
}

/**
 * The data of the services that nothing replicates follow a promotion whose drill was killed. It may have been killed
 * before they were carried or while they were, with services stopped; carrying them again adds what is missing.
 * @returns what became of them, in words
 */
export async function settleServiceData(run: DrillRun): Promise<string> {
  const { clock, request } = run;
  if (request.stores_only === true) return "the other services were left as they are";
  const carryOver = prepareCarryOver(run);
  try {
    await carryOver.prepared;
    const carried = await carryOver.run({ now: () => clock.now(), move: () => Promise.resolve() });
    const failures = carried.flatMap((one) => ("failure" in one ? [`${one.service}: ${one.failure}`] : []));
    return failures.length === 0
      ? `${carried.map((one) => one.service).join(", ")} continue with its data`
      : `not all of its data came over: ${failures.join("; ")}`;
  } catch (error) {
    return `its other services' data did not come over: ${messageOf(error)}`;
  } finally {
    await carryOver.end();
  }
}
