import { slotName } from "../../settings/names";
import { PROMOTION } from "../../settings/steps";
import { bounded, pollUntil } from "../hosts/bounded";
import { endClientSessions, sessionWords, type WhichSessions } from "../hosts/client-sessions";
import type { DrillRun, Step } from "../engine/drill-run";
import { formatLsn, parseLsn } from "../../evidence/lsn";
import { StepFailure, type StepRecorder } from "../engine/step-recorder";
import { walPositions } from "../hosts/postgres";
import { readSeal } from "../hosts/seal";
import { hookProblem, runHook } from "../hosts/hooks";
import { messageOf } from "../../settings/user-error";
import { arm, disarm } from "./arm";
import { goOnAtOldPrimary, holdDoors, waitForTransactions } from "./hold-doors";
import { resumeOldPrimary } from "./resume-old-primary";

/** Longest that a client's session may take to end, while the server still runs. */
const SESSIONS_MS = 2000;
/** Longest the old primary may take to stop before it is ended at once, and what the agent gives it for that. */
const STOP_SECONDS = 10;
const AT_ONCE_SECONDS = 10;
/** Longest that the standby may take to catch up with a primary that has stopped. */
const CATCH_UP_MS = 5000;
/** How long the stopped server waits for its instruction before its boot guard decides by itself. */
const INSTRUCTION_SECONDS = 60;
/** How long after the seal a promotion may begin: well before the boot guard of the old primary stops waiting. */
export const SEAL_HOLDS_MS = 30_000;

/**
 * Ends the clients' sessions while PostgreSQL still runs on the old primary, stops it cleanly and proves that the standby has
 * everything: seal ≤ received and replayed. A session that does not end calls the drill off, and nothing was stopped.
 * Redis goes on taking writes: its pause belongs to the next step, so that it does not pay for the way between the two.
 */
export const demotePrimary: Step = async (run, recorder) => {
  try {
    await arm(run, recorder);
    await quieten(run, recorder);
    if (run.calledOff) throw new Error(`${PROMOTION} has given up waiting: the old primary was not touched`);
  } catch (error) {
    throw await calledOff(run, error);
  }
  // Beside the stop, which takes about as long: from here on nobody is to come to this host any more.
  const moved = runHook(run.from.host, "demoted", run.facts, recorder);
  try {
    await stopAndSeal(run, recorder);
    await catchUp(run, recorder);
    const problem = hookProblem(await moved);
    if (problem !== undefined) throw new Error(`${problem}; nothing was promoted`);
  } catch (error) {
    await moved;
    throw await undone(run, recorder, error);
  }
};

/**
 * Leaves nobody at work on the server. Behind doors the sessions that came past them end while the doors wait for theirs, of
 * which none is left then: what comes back meanwhile the stop ends, so that nobody waits for it at a door.
 */
async function quieten(run: DrillRun, recorder: StepRecorder): Promise<void> {
  if (run.doors === undefined) return endSessions(run, recorder, "all");
  await waitForTransactions(run, recorder);
  const [held, ended] = await Promise.allSettled([holdDoors(run, recorder), endSessions(run, recorder, "past doors")]);
  if (held.status === "rejected") throw held.reason;
  if (ended.status === "rejected") throw ended.reason;
  // Transactions that are not waited for: their sessions came through a door.
  if (held.value > 0) await endSessions(run, recorder, "all");
}

async function endSessions(
  { from, to, facts: { postgres } }: DrillRun,
  recorder: StepRecorder,
  which: WhichSessions,
): Promise<void> {
  const { told, left } = await endClientSessions(from.sql, slotName(to.host.name), SESSIONS_MS, which);
  const sessionsEnded = (postgres.stop?.sessionsEnded ?? 0) + told - left.length;
  postgres.stop = { sessionsEnded, boundMs: STOP_SECONDS * 1000, tookMs: null };
  recorder.mark("sessions ended", from.host.name);
  if (left.length === 0) return;
  const [more, noun] = left.length === 1 ? ["", "a session"] : [` (and ${left.length - 1} more)`, "sessions"];
  throw new StepFailure({
    reason: `${noun} of ${from.host.name} did not end within ${SESSIONS_MS / 1000} s: ${left.slice(0, 1).map(sessionWords).join("")}${more}; such a session waits for a program outside the server, as COPY … PROGRAM does, and a stop would wait for it too`,
    host: from.host.name,
    next: `end that program or wait for it, then: understudy failover --to ${to.host.name} --execute`,
    undone: null,
  });
}

async function stopAndSeal(run: DrillRun, recorder: StepRecorder): Promise<void> {
  const { from, facts } = run;
  const beganAtMs = recorder.mark("stop begins", from.host.name);
  // From here on they run again with the server's next start.
  run.armed = { ...run.armed, jobs: false };
  const answer = await from.agent.ask(
    `demote ${STOP_SECONDS} ${INSTRUCTION_SECONDS}`,
    (STOP_SECONDS + AT_ONCE_SECONDS + 5) * 1000,
  );
  const { stop } = facts.postgres;
  if (stop !== undefined) stop.tookMs = recorder.now() - beganAtMs;
  if (answer.has("hung")) {
    if (stop !== undefined) stop.recoveryMs = null;
    throw new Error(
      `PostgreSQL on ${from.host.name} had not stopped ${STOP_SECONDS} s after it was told to, and was ended at once: it starts by recovering from its write-ahead log`,
    );
  }
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

/** Nothing was stopped yet: what was prepared is taken back, and clients go on. */
async function calledOff(run: DrillRun, error: unknown): Promise<StepFailure> {
  const [left, doors] = await Promise.all([disarm(run), goOnAtOldPrimary(run)]);
  const words = [`nothing was stopped on ${run.from.host.name}`, ...left, ...doors].join("; ");
  return failureOf(run, error, words);
}

async function undone(run: DrillRun, recorder: StepRecorder, error: unknown): Promise<StepFailure> {
  const stoppedAtMs = recorder.now();
  const { words, back } = await resumeOldPrimary(run);
  const { stop } = run.facts.postgres;
  if (back && stop?.recoveryMs === null) {
    stop.recoveryMs = recorder.mark("crash recovery ended", run.from.host.name) - stoppedAtMs;
  }
  return failureOf(run, error, words);
}

function failureOf(run: DrillRun, error: unknown, words: string): StepFailure {
  const told =
    error instanceof StepFailure
      ? error.failure
      : { reason: messageOf(error), host: run.from.host.name, next: "understudy status" };
  return new StepFailure({ ...told, undone: words });
}
