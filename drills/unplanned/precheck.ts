import type { StepOf } from "../engine/drill-run";
import { StepFailure } from "../engine/step-recorder";
import type { DrillClock } from "../hosts/clock";
import { refuseFindings } from "../engine/refuse-findings";
import { readContainers } from "../hosts/containers";
import { declaredHooks, hookChecks } from "../hosts/hooks";
import { drillsInJournal } from "../hosts/journal";
import { observePair } from "../hosts/observe";
import { noteReading } from "../hosts/reading-facts";
import { roleCheck } from "../hosts/swap-checks";
import { operatorLook } from "./operator-look";
import { readStandbyFindings } from "./read-findings";
import { promotionRefusal, readFollowing } from "./read-following";
import { startRunProbe } from "./run-probe";
import { type AbsenceVerdict, judgeAbsence, watchForAbsence } from "./signals";
import { standbyLook } from "./standby-look";
import type { UnplannedRun } from "./unplanned-run";
import type { Check, Failure, Signal, Unplanned } from "../../evidence/document";
import { askedServices, type DrillRequest } from "../../evidence/drill-request";
import { STORE_NAMES } from "../../settings/services";

/** Why a drill may not go on with this verdict, and the exact words that would allow it; undefined when it may. */
export function refusalOf(
  verdict: AbsenceVerdict,
  request: Pick<DrillRequest, "fence_live_primary" | "toHost" | "fromHost">,
): Pick<Failure, "reason" | "next" | "refused"> | undefined {
  switch (verdict.verdict) {
    case "gone":
      return undefined;
    case "present":
      return {
        reason: `${verdict.reason}; roles of hosts that answer are exchanged by a planned drill`,
        next: `understudy failover --to ${request.toHost}`,
        refused: true,
      };
    case "out-of-reach":
      if (request.fence_live_primary === true) return undefined;
      return {
        reason: `${verdict.reason}; promoting ${request.toHost} now would make two writers`,
        next: `understudy failover --unplanned --to ${request.toHost} --fence-live-primary --execute, which stops ${request.fromHost} through ${request.toHost} first`,
        refused: true,
      };
    case "unwell":
      if (request.fence_live_primary === true) return undefined;
      return {
        reason: `${verdict.reason}; promoting ${request.toHost} would stop a primary that lives`,
        next: `mend what it answers; or, to stop ${request.fromHost} all the same: understudy failover --unplanned --to ${request.toHost} --fence-live-primary --execute`,
        refused: true,
      };
  }
}

/** Nothing is known yet: null everywhere, never zero. */
export function noUnplannedFacts(): Unplanned {
  return {
    signals: [],
    acceptedUnfenced: null,
    lossBound: {
      timescaledb: { primaryLsn: null, receivedLsn: null, bytes: null, heardAt: null },
      redis: { receivedOffset: null, secondsSilent: null },
    },
    probeSawFailure: false,
    recoveryMs: { timescaledb: null, redis: null },
    unprotectedSince: null,
  };
}

/**
 * Looks for the primary from here and from the standby, and refuses while it is there. Changes nothing on either host
 * but the journal's rows.
 */
export const precheck: StepOf<UnplannedRun> = async (run, recorder) => {
  const { facts, environment, to, old, credentials, request } = run;
  run.beganAtMs = recorder.startedAtMs;
  facts.unplanned = noUnplannedFacts();
  const [signals, topology, containers, used, findings] = await Promise.all([
    readSignals(run, recorder),
    observePair([old.host, to.host], environment, credentials, { [to.host.name]: "primary" }),
    readContainers(to, environment, askedServices(request)),
    drillsInJournal(to.agent),
    readStandbyFindings(run),
    startRunProbe(run),
  ]);
  facts.findings = findings;
  facts.unplanned.signals.push(...signals);
  noteReading(facts, { topology, containers: { [to.host.name]: containers } }, environment);
  const hooks = declaredHooks([old.host, to.host]);
  if (hooks !== undefined) facts.hooks = hooks;
  recorder.require([...standbyChecks(run, used), ...hookChecks([old.host, to.host])], "understudy status");
  facts.unplanned.following = await readFollowing(to, run);
  const living = refusalOf(judgeAbsence(old.host.name, signals), request);
  const refusal = promotionRefusal(living, facts.unplanned.following, request);
  if (refusal !== undefined) throw new StepFailure({ ...refusal, host: old.host.name, undone: null });
  refuseFindings(findings, request.kind, recorder);
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
        const watched = await watchForAbsence(lookAt, goneAfterMs);
        return { observer, store, ...watched, atMs: clock.now() };
      }),
    ),
  );
}

/** The host to be promoted is a standby, and this drill is a new one. */
export function standbyChecks(
  { facts, to, request }: Pick<UnplannedRun, "facts" | "to" | "request">,
  used: ReadonlySet<string>,
): Check[] {
  const isNew = !used.has(request.id);
  return [
    { name: "drill id is new", host: null, measured: isNew, limit: true, ok: isNew },
    ...STORE_NAMES.map((store) => roleCheck(facts.topologyBefore, to.host.name, store, "standby")),
  ];
}
