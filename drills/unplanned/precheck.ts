import { SERVICE_NAMES, STORE_NAMES } from "../../settings/services";
import type { DrillClock } from "../hosts/clock";
import type { StepOf } from "../engine/drill-run";
import type { Check, Signal } from "../../evidence/document";
import { readContainers } from "../hosts/containers";
import { drillsInJournal } from "../hosts/journal";
import { observePair } from "../hosts/observe";
import { serviceFacts, versionFacts } from "../hosts/reading-facts";
import { StepFailure } from "../engine/step-recorder";
import { refusalOf } from "./refusal";
import { operatorLook, standbyLook } from "./look";
import { noUnplannedFacts } from "./facts";
import { judgeAbsence, watchForAbsence } from "./signals";
import { startRunProbe } from "./run-probe";
import type { UnplannedRun } from "./unplanned-run";

/**
 * Looks for the primary from here and from the standby, and refuses while it is there. Changes nothing on either host
 * but the journal's rows.
 */
export const precheck: StepOf<UnplannedRun> = async (run, recorder) => {
  const { facts, environment, to, old, credentials, request } = run;
  run.beganAtMs = recorder.startedAtMs;
  facts.unplanned = noUnplannedFacts();
  const [signals, topology, containers, used] = await Promise.all([
    readSignals(run, recorder),
    observePair([old.host, to.host], environment, credentials, { [to.host.name]: "primary" }),
    readContainers(to, environment, SERVICE_NAMES),
    drillsInJournal(to.agent),
    startRunProbe(run),
  ]);
  facts.unplanned.signals.push(...signals);
  facts.topologyBefore = topology;
  const reading = { topology, containers: { [to.host.name]: containers } };
  facts.services = serviceFacts([to], reading, environment);
  facts.versions = versionFacts(reading);
  recorder.require(standbyChecks(run, used), "understudy status");
  const verdict = judgeAbsence(old.host.name, signals);
  const refusal = refusalOf(verdict, request);
  if (refusal !== undefined) throw new StepFailure({ ...refusal, host: old.host.name, undone: null });
  await run.probe?.ready;
  recorder.mark("probe runs", null);
  return undefined;
};

/** Both observers look at both stores, side by side. */
export async function readSignals(
  {
    environment,
    eyes,
    old,
    credentials,
  }: Pick<UnplannedRun, "environment" | "eyes" | "credentials"> & {
    readonly old: Pick<UnplannedRun["old"], "host">;
  },
  clock: Pick<DrillClock, "now">,
): Promise<readonly Signal[]> {
  const goneAfterMs = environment.policy.primary_gone_after_seconds * 1000;
  return Promise.all(
    STORE_NAMES.flatMap((store) =>
      (["operator", "standby"] as const).map(async (observer): Promise<Signal> => {
        const lookAt =
          observer === "operator" ? operatorLook(old.host, store, environment, credentials) : standbyLook(eyes, store);
        const { gone, detail } = await watchForAbsence(lookAt, goneAfterMs);
        return { observer, store, gone, detail, atMs: clock.now() };
      }),
    ),
  );
}

/** The host to be promoted is a standby, and this drill is a new one. */
export function standbyChecks(
  { facts, to, request }: Pick<UnplannedRun, "facts" | "to" | "request">,
  used: ReadonlySet<string>,
): Check[] {
  const seen = facts.topologyBefore?.hosts.find((one) => one.host === to.host.name);
  const isNew = !used.has(request.id);
  return [
    { name: "drill id is new", host: null, measured: isNew, limit: true, ok: isNew },
    ...STORE_NAMES.map((store): Check => {
      const observed = seen?.[store];
      const measured = observed?.state === "observed" ? observed.role : (observed?.reason ?? null);
      return { name: `${store} role`, host: to.host.name, measured, limit: "standby", ok: measured === "standby" };
    }),
  ];
}
