import { STORE_NAMES, type StoreName } from "../../settings/services";
import type { StepOf } from "../engine/drill-run";
import type { StepEnding } from "../../evidence/drill-facts";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { hookProblem, runHook } from "../hosts/hooks";
import { requireDrillLock } from "../hosts/drill-lock";
import { messageOf } from "../../settings/user-error";
import { fenceByCommand } from "./fence-by-command";
import { fenceStore, type FenceOutcome } from "./fence-store";
import { readSignals, refusalOf } from "./precheck";
import { judgeAbsence, lastSignal } from "./signals";
import type { UnplannedRun } from "./unplanned-run";

/** A look that is older says little: a server that was restarting may serve again. Milliseconds. */
const LOOK_HOLDS_MS = 10_000;

/**
 * Looks for the old primary again where time has passed since the last look, as in a run that was interrupted.
 * @throws StepFailure when it may not be stopped any more
 */
export async function lookAgainWhenLate(run: UnplannedRun, clock: Pick<StepRecorder, "now">): Promise<void> {
  const { old, request } = run;
  const { unplanned } = run.facts;
  if (unplanned === null) return;
  const lookedAtMs = Math.max(...unplanned.signals.map(({ atMs }) => atMs));
  if (clock.now() - lookedAtMs <= LOOK_HOLDS_MS) return;
  const signals = await readSignals(run, clock);
  unplanned.signals.push(...signals);
  const refusal = refusalOf(judgeAbsence(old.host.name, signals), request);
  if (refusal === undefined) return;
  throw new StepFailure({ ...refusal, host: old.host.name, undone: "nothing was promoted" });
}

/**
 * Makes sure that the old primary cannot write, or refuses: promotion never begins on hope. Then clients are led away from
 * it by its hook. Where that fails the fence counts: what it leads to takes no writes. On an operator's words alone it does not.
 */
export const fencePrimary: StepOf<UnplannedRun, StepEnding> = async (run, recorder) => {
  const ending = await fence(run, recorder);
  const problem = hookProblem(await runHook(run.old.host, "demoted", run.facts, recorder));
  const accepted = run.facts.fences.some(({ method }) => method === "accepted-unfenced");
  if (problem === undefined || !accepted) return ending;
  throw new StepFailure({
    reason: `${problem}; ${run.old.host.name} is not fenced, and clients may still be led there`,
    host: run.old.host.name,
    next: "mend what keeps that command from working, then a drill with a new id",
    undone: "nothing was promoted",
    refused: true,
  });
};

const fence: StepOf<UnplannedRun, StepEnding> = async (run, recorder) => {
  await lookAgainWhenLate(run, recorder);
  run.fencingBeganAtMs = recorder.startedAtMs;
  await requireDrillLock(run.to).catch((error: unknown) => {
    throw new StepFailure({
      reason: messageOf(error),
      host: run.to.host.name,
      next: "understudy status, then a drill with a new id",
      undone: "nothing was fenced",
    });
  });
  let off: Promise<string> | undefined;
  const switchOff = (): Promise<string> => (off ??= fenceByCommand(run.old.host));
  const outcomes = await Promise.all(
    STORE_NAMES.map(async (store) => {
      const outcome = await fenceStore(run, store, switchOff);
      if (outcome.proved) note(run, recorder, store, outcome);
      return { store, outcome };
    }),
  );
  const unproved = outcomes.flatMap(({ store, outcome }) => (outcome.proved ? [] : [{ store, ...outcome }]));
  if (unproved.length > 0) return goOnUnfenced(run, recorder, unproved);
  if (outcomes.some(({ outcome }) => outcome.proved && outcome.method === "fence-command")) return switchedOff(run);
  recorder.require(
    run.facts.fences.map((fence) => ({
      name: `${fence.store} takes no writes`,
      host: fence.host,
      measured: fence.detail,
      limit: "proved twice",
      ok: true,
    })),
    "understudy status",
  );
  return undefined;
};

function note(
  { facts, old }: UnplannedRun,
  recorder: StepRecorder,
  store: StoreName,
  { method, detail }: Extract<FenceOutcome, { proved: true }>,
): void {
  const provedAtMs = recorder.mark(`${store} fenced`, old.host.name);
  facts.fences.push({ host: old.host.name, store, method, provedAtMs, detail });
}

/** The host did not answer, so it was not demoted; what switches it off says that nothing runs there. */
function switchedOff({ facts, old }: UnplannedRun): StepEnding {
  const words = facts.unplanned?.signals.find((one) => one.observer === "operator")?.detail ?? "it does not answer";
  return {
    status: "failed",
    failure: {
      reason: `${old.host.name} could not be demoted: ${words}; it was switched off by its fence command instead`,
      host: old.host.name,
      next: `understudy rejoin ${old.host.name}, once it is back`,
      undone: null,
    },
  };
}

function goOnUnfenced(
  { facts, old, request }: UnplannedRun,
  recorder: StepRecorder,
  unproved: readonly { readonly store: StoreName; readonly problems: readonly string[] }[],
): StepEnding {
  const words = unproved.map(({ store, problems }) => `${store}: ${problems.join("; ")}`).join(". ");
  const accepted = request.accept_unfenced;
  if (accepted === undefined) {
    throw new StepFailure({
      reason: `nothing proves that ${old.host.name} cannot write. ${words}`,
      host: old.host.name,
      next: `make sure that ${old.host.name} is off and stays off, then: understudy failover --unplanned --to ${request.toHost} --execute --accept-unfenced "HOW YOU KNOW"`,
      undone: null,
      refused: true,
    });
  }
  const signals = facts.unplanned?.signals ?? [];
  const living = unproved.filter(({ store }) =>
    (["operator", "standby"] as const).some((observer) => lastSignal(signals, observer, store)?.gone === false),
  );
  if (living.length > 0) {
    throw new StepFailure({
      reason: `${living.map(({ store }) => store).join(" and ")} of ${old.host.name} was seen alive, and no words allow a promotion beside it. ${words}`,
      host: old.host.name,
      next: `switch ${old.host.name} off, then: understudy failover --unplanned --to ${request.toHost} --execute --accept-unfenced "HOW YOU KNOW"`,
      undone: null,
      refused: true,
    });
  }
  const provedAtMs = recorder.mark("unfenced, accepted", old.host.name);
  for (const { store } of unproved) {
    const detail = `${accepted.operator}: ${accepted.reason}`;
    facts.fences.push({ host: old.host.name, store, method: "accepted-unfenced", provedAtMs, detail });
  }
  if (facts.unplanned) facts.unplanned.acceptedUnfenced = { ...accepted, at: new Date().toISOString() };
  return { status: "bypassed" };
}
