import { EnvironmentError, loadEnvironment } from "../settings/load-environment";
import type { Credentials } from "../settings/credentials";
import type { StepName } from "../settings/steps";
import { bounded } from "./bounded";
import { DrillClock } from "./clock";
import type { StepOutput } from "./compose-evidence";
import { noFacts } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import type { DrillRun, Step } from "./drill-run";
import type { StepResult } from "./evidence/document";
import { takeDrillLock } from "./hosts/drill-lock";
import { readJournal, writeJournal, type JournalEntry } from "./hosts/journal";
import { openPair, type HostSessions } from "./hosts/sessions";
import { StepFailure, StepRecorder } from "./step-recorder";
import { backupSyncCheck } from "./steps/backup-sync-check";
import { demotePrimary } from "./steps/demote-primary";
import { finishProbe } from "./steps/finish-probe";
import { precheck } from "./steps/precheck";
import { promoteStandby } from "./steps/promote-standby";
import { settleInterrupted } from "./steps/settle-interrupted";
import { verify } from "./steps/verify";
import { readTopology } from "./pair-reading";
import { messageOf } from "./user-error";

const STEP_FUNCTIONS: Readonly<Record<StepName, Step>> = {
  precheck,
  "backup-sync-check": backupSyncCheck,
  "demote-primary": demotePrimary,
  "promote-standby": promoteStandby,
  verify,
};

/** What the step resource hands over. */
export interface StepInput {
  readonly step: StepName;
  readonly request: DrillRequest;
  /** How the step before ended, and the origin of the drill's clock; null for the first step. */
  readonly previous: { readonly status: StepResult["status"]; readonly originNs: string } | null;
  readonly credentials: Credentials;
}

export interface StepReturn extends StepOutput {
  readonly originNs: string;
}

/** Drills of this process: what `precheck` opened, the later steps use. */
const runs = new Map<string, DrillRun>();
/** Drills of this process that are over: a step of theirs that comes late is skipped. */
const over = new Set<string>();
/** Interrupted drills that this process has settled: once, however many of their steps are run again. */
const settled = new Map<string, Promise<StepFailure>>();

/** A drill whose next step does not come has lost its engine: its sessions, its lock and its probe are let go. */
const IDLE_MS = 15_000;

/** How long promote-standby, which the engine starts beside demote-primary, waits for it. */
const DEMOTION_MS = 120_000;

/**
 * Runs one step of a drill, or returns what its host's journal already has of it. A failure is a result, not an
 * exception: the evidence is complete whatever happens.
 */
export async function runStep(input: StepInput): Promise<StepReturn> {
  const { step, request, previous } = input;
  const known = runs.get(request.id);
  const clock = known?.clock ?? (previous ? new DrillClock(previous.originNs) : DrillClock.start());
  const demoted = known === undefined || step !== "promote-standby" || (await awaitDemotion(known));
  const recorder = new StepRecorder(step, request.id, clock);
  const ended = (result: StepResult, facts = noFacts()): StepReturn => ({ result, facts, originNs: clock.originNs });
  if ((previous !== null && previous.status !== "passed") || !demoted || over.has(request.id))
    return ended(recorder.skipped());
  if (known) return whileBusy(known, () => runFresh(step, known, recorder));

  let opened: DrillRun | undefined;
  let entry: JournalEntry | undefined;
  try {
    opened = await openRun(input, clock);
    entry = await readJournal(journalHost(step, opened).agent, request.id, step);
  } catch (error) {
    if (opened) closeRun(opened);
    const next =
      error instanceof EnvironmentError
        ? `correct ${request.environmentFile}`
        : "understudy status; when the host is gone for good, an unplanned failover is needed";
    return ended(recorder.failed(new StepFailure({ reason: messageOf(error), host: null, next, undone: null })));
  }
  if (entry?.state === "done") {
    closeRun(opened);
    return entry.result as StepReturn;
  }
  if (step === "precheck" && entry === undefined) {
    const run = opened;
    runs.set(request.id, run);
    return whileBusy(run, () => runFresh(step, run, recorder));
  }
  const settling = settled.get(request.id) ?? settleInterrupted(opened, step);
  settled.set(request.id, settling);
  const result = recorder.failed(await settling);
  closeRun(opened);
  return ended(result, opened.facts);
}

async function whileBusy<T>(run: DrillRun, work: () => Promise<T>): Promise<T> {
  run.busySteps += 1;
  clearTimeout(run.idleTimer);
  try {
    return await work();
  } finally {
    run.busySteps -= 1;
    if (run.busySteps === 0 && runs.get(run.request.id) === run) {
      run.idleTimer = setTimeout(() => endRun(run), IDLE_MS);
    }
  }
}

function endRun(run: DrillRun): void {
  clearTimeout(run.idleTimer);
  closeRun(run);
  runs.delete(run.request.id);
  over.add(run.request.id);
}

/** True when the old primary was demoted; a demotion that never comes is called off, so that it cannot come later. */
async function awaitDemotion(run: DrillRun): Promise<boolean> {
  return bounded("demote-primary", DEMOTION_MS, run.demotion.promise).catch(() => {
    run.calledOff = true;
    return false;
  });
}

async function runFresh(step: StepName, run: DrillRun, recorder: StepRecorder): Promise<StepReturn> {
  const { agent } = journalHost(step, run);
  const inTheCut = step === "demote-primary" || step === "promote-standby";
  let result: StepResult;
  try {
    // The two steps of the cut note their beginning before it, in demote-primary.
    if (!inTheCut && step !== "precheck") {
      await writeJournal(agent, run.request.id, step, { state: "begun", at: new Date().toISOString() });
    }
    await STEP_FUNCTIONS[step](run, recorder);
    result = recorder.passed();
  } catch (error) {
    result = recorder.failed(error);
  }
  if (step === "demote-primary") run.demotion.resolve(result.status === "passed");
  if (result.status === "failed") await afterFailure(run);
  const returned: StepReturn = { result, facts: structuredClone(run.facts), originNs: run.clock.originNs };
  const noted = writeJournal(agent, run.request.id, step, {
    state: "done",
    at: result.finishedAt,
    result: returned,
  }).catch(() => undefined);
  if (inTheCut && result.status === "passed") run.pendingWrites.push(noted);
  else await noted;
  if (step === "verify" || result.status === "failed") {
    endRun(run);
  }
  return returned;
}

/** The evidence of a failed drill has the probe's count and the roles as they stand. */
async function afterFailure(run: DrillRun): Promise<void> {
  await finishProbe(run).catch(() => undefined);
  run.facts.topologyAfter ??= await readTopology([run.from, run.to], { [run.to.host.name]: "primary" }).catch(
    () => null,
  );
}

function journalHost(step: StepName, { from, to }: DrillRun): HostSessions {
  return step === "demote-primary" ? from : to;
}

async function openRun({ request, credentials, previous }: StepInput, clock: DrillClock): Promise<DrillRun> {
  const environment = loadEnvironment(request.environmentFile);
  const { from, to } = await openPair(request, environment, credentials, {
    fromMayBeStopped: previous !== null,
  });
  await Promise.all([from, to].map(takeDrillLock)).catch((error: unknown) => {
    from.close();
    to.close();
    throw error;
  });
  return {
    request,
    environment,
    credentials,
    clock,
    from,
    to,
    facts: noFacts(),
    probe: undefined,
    redisSyncsBefore: { full: 0, partial: 0 },
    pendingWrites: [],
    demotion: Promise.withResolvers<boolean>(),
    calledOff: false,
    busySteps: 0,
    idleTimer: undefined,
  };
}

function closeRun(run: DrillRun): void {
  void run.probe?.abort();
  run.from.close();
  run.to.close();
}
