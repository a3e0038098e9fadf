import { slotName } from "../../settings/names";
import { DEMOTION, PROMOTION, STEPS } from "../../settings/steps";
import { bounded, pollUntil } from "../hosts/bounded";
import { requireDrillLock } from "../hosts/drill-lock";
import type { DrillRun, Step } from "../engine/drill-run";
import { writeJournal } from "../hosts/journal";
import { formatLsn, parseLsn } from "../../evidence/lsn";
import { readLag } from "../hosts/pair-reading";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { closeArchive, ensureSlot, walPositions } from "../hosts/postgres";
import { readSeal } from "../hosts/seal";
import { syncChecks } from "../hosts/swap-checks";
import { messageOf } from "../../settings/user-error";
import { resumeOldPrimary } from "./resume-old-primary";
import { lengthenReplicaPings, restoreReplicaPings } from "./redis-exchange";

/** Longest the old primary may take to stop, and the standby to catch up with it. */
const STOP_SECONDS = 15;
const CATCH_UP_MS = 5000;
/** How long the stopped server waits for its instruction before its boot guard decides by itself. */
const INSTRUCTION_SECONDS = 60;
/** How long after the seal a promotion may begin: well before the boot guard of the old primary stops waiting. */
export const SEAL_HOLDS_MS = 30_000;

/**
 * Stops PostgreSQL on the old primary cleanly and proves that the standby has everything: seal ≤ received and replayed.
 * Redis goes on taking writes: its pause belongs to the next step, so that it does not pay for the way between the two.
 */
export const demotePrimary: Step = async (run, recorder) => {
  await arm(run, recorder);
  if (run.calledOff) throw new Error(`${PROMOTION} has given up waiting: the old primary was not touched`);
  try {
    await stopAndSeal(run, recorder);
    await catchUp(run, recorder);
  } catch (error) {
    throw await undone(run, error);
  }
};

/** Everything that costs time and can be had before the cut. */
async function arm(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { request, from, to } = run;
  const begun = { state: "begun", at: new Date().toISOString() } as const;
  await Promise.all([
    ensureSlot(to.sql, slotName(from.host.name)),
    lengthenReplicaPings(from, to),
    ...STEPS.filter(({ planned }) => planned.beginningNotedBy === DEMOTION).map(({ name, planned }) =>
      writeJournal(run[planned.journal].agent, request.id, name, begun),
    ),
  ]);
  recorder.mark("way back prepared", to.host.name);
  try {
    await from.sql.query("checkpoint");
    recorder.mark("checkpoint written", from.host.name);
    const { lag, streaming } = await readLag(from, to);
    recorder.require(syncChecks({ lag, streaming }, to.host.name, run.environment), "understudy status");
    await closeArchive(from.sql);
    await stillOurs(run);
  } catch (error) {
    await restoreReplicaPings(run);
    throw error;
  }
}

/** Up to here nothing was stopped, and another run would find nothing changed. */
async function stillOurs({ from, to }: DrillRun): Promise<void> {
  for (const host of [to, from]) {
    await requireDrillLock(host).catch((error: unknown) => {
      throw new StepFailure({
        reason: messageOf(error),
        host: host.host.name,
        next: "understudy status, then a drill with a new id",
        undone: "nothing was stopped",
      });
    });
  }
}

async function stopAndSeal(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { from, facts } = run;
  recorder.mark("stop begins", from.host.name);
  const answer = await from.agent.ask(`demote ${STOP_SECONDS} ${INSTRUCTION_SECONDS}`, (STOP_SECONDS + 5) * 1000);
  const seal = readSeal(answer);
  const provedAtMs = recorder.mark("sealed", from.host.name);
  facts.postgres.seal = seal;
  facts.fences.push({
    host: from.host.name,
    store: "timescaledb",
    method: "clean-shutdown",
    provedAtMs,
    detail: `pg_controldata: ${seal.clusterState}; last record ends at ${seal.endLsn} on timeline ${seal.timeline}`,
  });
}

async function catchUp(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { to, facts } = run;
  const seal = parseLsn(facts.postgres.seal?.endLsn ?? "");
  const { reading, reached } = await pollUntil(
    // A standby that falls silent now is no reason to leave the old primary stopped.
    () => bounded(`${to.host.name}: WAL positions`, CATCH_UP_MS, walPositions(to.sql)),
    ({ received, replayed }) => received !== null && replayed !== null && received >= seal && replayed >= seal,
    { deadlineMs: CATCH_UP_MS, pauseMs: 0 },
  );
  facts.postgres.receivedLsn = reading.received === null ? null : formatLsn(reading.received);
  facts.postgres.replayedLsn = reading.replayed === null ? null : formatLsn(reading.replayed);
  if (!reached) {
    throw new StepFailure({
      reason: `the standby stands at received ${facts.postgres.receivedLsn ?? "nothing"}, replayed ${facts.postgres.replayedLsn ?? "nothing"} and must reach the final WAL position ${formatLsn(seal)}`,
      host: to.host.name,
      next: "understudy status",
      undone: null,
    });
  }
  recorder.mark("standby at the seal", to.host.name);
}

async function undone(run: DrillRun, error: unknown): Promise<StepFailure> {
  const words = await resumeOldPrimary(run);
  return new StepFailure({
    reason: messageOf(error),
    host: error instanceof StepFailure ? error.failure.host : run.from.host.name,
    next: "understudy status",
    undone: words,
  });
}
