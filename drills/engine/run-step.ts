import { EnvironmentError } from "../../settings/load-environment";
import { FIRST_STEP, LAST_STEP, STEP_NAMES, stepRow, type StepName } from "../../settings/steps";
import { bounded } from "../hosts/bounded";
import { DrillClock } from "../hosts/clock";
import { drillTerms, noFacts, recorded } from "../../evidence/drill-facts";
import type { DrillOpener, OpenDrill } from "./drill-kind";
import type { DrillRequest } from "../../evidence/drill-request";
import type { StepInput, StepReturn } from "./drill-run";
import type { StepResult } from "../../evidence/document";
import { readJournal, writeJournal, type JournalEntry } from "../hosts/journal";
import { adoptProbe } from "../probe/adopt";
import { StepFailure, StepRecorder, unreachableNext } from "./step-recorder";
import { messageOf } from "../../settings/user-error";

/** Drills of this process: what the first step opened, the later ones use. */
const drills = new Map<string, OpenDrill>();
/** Drills of this process that are over: a step of theirs that comes late is skipped. */
const over = new Set<string>();
/** Drills of this process that an earlier one began: opened once, however many of their steps are run again at a time. */
const begunEarlier = new Map<
  string,
  { readonly drill: Promise<OpenDrill>; settled?: Promise<StepFailure | undefined> }
>();

/** A drill whose next step does not come has lost its engine: its sessions, its lock and its probe are let go. */
const IDLE_MS = 15_000;

/** Noted in the first step of a run that goes on with a drill whose earlier run was interrupted. */
export const TAKEN_UP = "taken up after an interruption";

/** How long a step that the engine has started early waits for the one before. */
const TURN_MS = 120_000;

/**
 * Runs one step of a drill, opened by `openOfItsKind` where this process has not begun it, or returns what its host's journal already has of it. A failure is a result, not an
 * exception: the evidence is complete whatever happens.
 */
export async function runStep(input: StepInput, openOfItsKind: DrillOpener): Promise<StepReturn> {
  const { step, request, previous } = input;
  const hasItsTurn = (previous === null || previous.goesOn) && !over.has(request.id);
  const known = drills.get(request.id);
  if (known && hasItsTurn) return runInTurn(step, known);
  const clock = previous ? new DrillClock(previous.originNs) : await firstClock(request);
  const recorder = new StepRecorder(step, request.id, clock);
  const ended = (result: StepResult, facts = noFacts()): StepReturn => ({
    result,
    facts,
    originNs: clock.originNs,
    goesOn: false,
  });
  if (!hasItsTurn) return ended(recorder.skipped());

  let opened: OpenDrill | undefined;
  try {
    if (step !== FIRST_STEP) return await takeUp(input, openOfItsKind, clock, recorder);
    opened = await openOfItsKind(input, clock);
    const entry = await readJournal(opened.journal(step), request.id, step);
    if (entry?.state !== "done") {
      await opened.prepare();
      drills.set(request.id, opened);
      return await runInTurn(step, opened);
    }
    opened.close();
    return entry.result as StepReturn;
  } catch (error) {
    opened?.close();
    return ended(recorder.failed(cannotBegin(error, request)));
  }
}

/** A standing probe began before the drill did: the drill's times are on the probe's clock. */
async function firstClock({ standing_probe: socket }: DrillRequest): Promise<DrillClock> {
  const probe = socket === undefined ? undefined : await adoptProbe(socket).catch(() => undefined);
  await probe?.abort();
  return probe === undefined ? DrillClock.start() : new DrillClock(probe.originNs);
}

function cannotBegin(error: unknown, request: DrillRequest): StepFailure {
  const next = error instanceof EnvironmentError ? `correct ${request.environmentFile}` : unreachableNext(request);
  return new StepFailure({ reason: messageOf(error), host: null, next, undone: null });
}

/** A later step of a drill that this process did not begin: it is recorded, or the process that began it died. */
async function takeUp(
  input: StepInput,
  openOfItsKind: DrillOpener,
  clock: DrillClock,
  recorder: StepRecorder,
): Promise<StepReturn> {
  const { step, request } = input;
  const earlier = begunEarlier.get(request.id) ?? { drill: openOfItsKind(input, clock) };
  begunEarlier.set(request.id, earlier);
  const drill = await earlier.drill;
  return whileBusy(drill, async () => {
    const entry = await readJournal(drill.journal(step), request.id, step);
    if (entry?.state === "done") return entry.result as StepReturn;
    const failure = await (earlier.settled ??= settleOrResume(drill, step));
    if (failure === undefined) return runInTurn(step, drill, true);
    const { facts } = drill.state;
    return { result: recorder.failed(failure), facts, originNs: clock.originNs, goesOn: false };
  });
}

/** A drill that is resumed is this process' own from here on. */
async function settleOrResume(drill: OpenDrill, step: StepName): Promise<StepFailure | undefined> {
  const { request, turns } = drill.state;
  const failure = await drill.interrupted(step);
  if (failure !== undefined) return failure;
  for (const awaited of STEP_NAMES.map((one) => stepRow(one)[request.kind].waitsFor)) {
    if (awaited === null) continue;
    const entry = await readJournal(drill.journal(awaited), request.id, awaited);
    if (entry?.state === "done") turns[awaited].resolve((entry.result as StepReturn).goesOn);
  }
  drills.set(request.id, drill);
  return undefined;
}

async function runInTurn(step: StepName, drill: OpenDrill, takenUp = false): Promise<StepReturn> {
  const { state } = drill;
  return whileBusy(drill, async () => {
    const mayBegin = await awaitTurn(step, drill);
    const recorder = new StepRecorder(step, state.request.id, state.clock);
    if (takenUp) recorder.mark(TAKEN_UP, state.to.host.name);
    if (mayBegin && !over.has(state.request.id)) return runFresh(step, drill, recorder);
    state.turns[step].resolve(false);
    return { result: recorder.skipped(), facts: noFacts(), originNs: state.clock.originNs, goesOn: false };
  });
}

async function whileBusy<T>(drill: OpenDrill, work: () => Promise<T>): Promise<T> {
  const { state } = drill;
  state.busySteps += 1;
  clearTimeout(state.idleTimer);
  try {
    return await work();
  } finally {
    state.busySteps -= 1;
    if (state.busySteps === 0 && !over.has(state.request.id)) {
      state.idleTimer = setTimeout(() => endDrill(drill), IDLE_MS);
    }
  }
}

function endDrill(drill: OpenDrill): void {
  const { request, idleTimer } = drill.state;
  clearTimeout(idleTimer);
  drill.close();
  drills.delete(request.id);
  begunEarlier.delete(request.id);
  over.add(request.id);
}

/** True when a step may begin; a demotion that never comes is called off, so that it cannot come later. */
async function awaitTurn(step: StepName, { state }: OpenDrill): Promise<boolean> {
  const before = stepRow(step)[state.request.kind].waitsFor;
  if (before === null) return true;
  state.waiting.add(step);
  return bounded(before, TURN_MS, state.turns[before].promise).catch(() => {
    state.calledOff = true;
    return false;
  });
}

/** Longest that a step which has ended leaves the engine without its answer, milliseconds. */
const ANSWER_WAITS_MS = 10_000;

/**
 * Waits for the step of the cut that has waited for this one: what the engine does with an answer, and writes to its state,
 * it does when clients can write again. A step that does not wait here gets no such time.
 */
async function cutEnds(step: StepName, { state }: OpenDrill): Promise<void> {
  const next = STEP_NAMES.filter(
    (one) => stepRow(one)[state.request.kind].waitsFor === step && stepRow(one).cutover && state.waiting.has(one),
  );
  const ended = Promise.all(next.map((one) => state.turns[one].promise));
  await bounded(next.join(), ANSWER_WAITS_MS, ended).catch(() => undefined);
}

async function runFresh(step: StepName, drill: OpenDrill, recorder: StepRecorder): Promise<StepReturn> {
  const { state } = drill;
  const { cutover, [state.request.kind]: course } = stepRow(step);
  const agent = drill.journal(step);
  const note = (entry: JournalEntry): Promise<void> => writeJournal(agent, state.request.id, step, entry);
  let result: StepResult;
  let goesOn = false;
  try {
    if (course.beginningNotedBy === "runner") await note({ state: "begun", at: new Date().toISOString() });
    result = recorder.ended(await drill.step(step, recorder));
    goesOn = course.goesOnAfter.includes(result.status);
  } catch (error) {
    result = recorder.failed(error);
  }
  state.turns[step].resolve(goesOn);
  if (!goesOn) await drill.afterFailure();
  const output = { result, facts: structuredClone(state.facts), originNs: state.clock.originNs, goesOn };
  // Whoever waits for its turn in the cut sends its first words before this one writes its own down.
  if (goesOn && cutover) await new Promise(setImmediate);
  const returned: StepReturn = recorded(output, drillTerms(state.request, state.environment));
  const noted = note({ state: "done", at: result.finishedAt, result: returned }).catch(() => undefined);
  if (goesOn && cutover) {
    state.pendingWrites.push(noted);
    await cutEnds(step, drill);
  } else await noted;
  if (step === LAST_STEP || !goesOn) endDrill(drill);
  return returned;
}
