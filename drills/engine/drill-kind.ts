import { journalHost, type EndOf, type JournalHost, type StepName } from "../../settings/steps";
import type { DrillClock } from "../hosts/clock";
import type { RunState, StepInput, StepOf } from "./drill-run";
import type { Agent } from "../hosts/agent";
import type { Check, Failure } from "../../evidence/document";
import type { StepEnding } from "../../evidence/drill-facts";
import type { DrillRequest } from "../../evidence/drill-request";
import type { StepFailure, StepRecorder } from "./step-recorder";

type KindName = DrillRequest["kind"];

/** What differs between a planned and an unplanned drill, beside the columns of its kind in the table of steps. */
export interface DrillKind<K extends KindName, R extends RunState> {
  readonly kind: K;
  readonly steps: { readonly [S in StepName]: StepOf<R, Extract<StepEnding, { readonly status: EndOf<K, S> }>> };
  /** Opens what the steps need. @throws Error naming what cannot be reached; nothing stays open then */
  open(input: StepInput, clock: DrillClock): Promise<R>;
  /**
   * Does what takes long and is no part of the drill: it ends before the first step begins, on a run that nobody began
   * earlier. @throws Error that keeps the drill from beginning
   */
  prepare?(run: R): Promise<void>;
  /** Closes everything `open` opened, and ends the probe. */
  close(run: R): void;
  /** The agents of the hosts on which its steps keep their journal. */
  agents(run: R): Readonly<Record<JournalHost<K>, Agent>>;
  /** Completes the facts of a drill that has failed. */
  afterFailure(run: R): Promise<void>;
  /**
   * What becomes of a step whose earlier run was killed.
   * @returns the failure that it is, or undefined when the step is simply done again
   */
  interrupted(run: R, step: StepName): Promise<StepFailure | undefined>;
}

/** A drill of any kind that is open. */
export interface OpenDrill {
  readonly state: RunState;
  prepare(): Promise<void>;
  step(name: StepName, recorder: StepRecorder): Promise<StepEnding | undefined>;
  /** The agent of the host on which a step keeps its journal. */
  journal(step: StepName): Agent;
  afterFailure(): Promise<void>;
  interrupted(step: StepName): Promise<StepFailure | undefined>;
  close(): void;
}

/** Opens a drill of the kind that its request names. @throws Error naming what cannot be reached; nothing stays open then */
export type DrillOpener = (input: StepInput, clock: DrillClock) => Promise<OpenDrill>;

/** Opens a drill of one kind; from then on nobody needs to know which. */
export async function openDrill<K extends KindName, R extends RunState>(
  kind: DrillKind<K, R>,
  input: StepInput,
  clock: DrillClock,
): Promise<OpenDrill> {
  const run = await kind.open(input, clock);
  return {
    state: run,
    prepare: async () => {
      await kind.prepare?.(run);
    },
    step: (name, recorder) => kind.steps[name](run, recorder),
    journal: (step) => kind.agents(run)[journalHost(kind.kind, step)],
    afterFailure: () => kind.afterFailure(run),
    interrupted: (step) => kind.interrupted(run, step),
    close: () => {
      kind.close(run);
    },
  };
}

/** What a dry run of one kind found. */
export interface Simulation {
  /** What each step would have compared; empty for a step that only a real drill can try. */
  readonly checks: Readonly<Record<StepName, readonly Check[]>>;
  /** The step at which the real drill would refuse to go on, whatever the checks say. */
  readonly stop?: { readonly step: StepName; readonly failure: Failure } | undefined;
}
