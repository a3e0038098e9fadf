import type { StepName } from "../../settings/steps";
import type { DrillClock } from "../hosts/clock";
import type { RunState, StepInput, StepOf } from "./drill-run";
import type { Agent } from "../hosts/agent";
import type { StepEnding } from "../../evidence/drill-facts";
import type { StepFailure, StepRecorder } from "./step-recorder";

/** What differs between a planned and an unplanned drill. */
export interface DrillKind<R extends RunState> {
  readonly steps: Readonly<Record<StepName, StepOf<R>>>;
  /** Opens what the steps need. @throws Error naming what cannot be reached; nothing stays open then */
  open(input: StepInput, clock: DrillClock): Promise<R>;
  /**
   * Does what takes long and is no part of the drill: it ends before the first step begins, on a run that nobody began
   * earlier. @throws Error that keeps the drill from beginning
   */
  prepare?(run: R): Promise<void>;
  /** Closes everything `open` opened, and ends the probe. */
  close(run: R): void;
  /** The agent of the host on which a step keeps its journal. */
  journal(run: R, step: StepName): Agent;
  /** Whether the step notes its beginning by itself, at a moment of its own choice, or has nothing to note. */
  notesItsBeginning(step: StepName): boolean;
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
  journal(step: StepName): Agent;
  notesItsBeginning(step: StepName): boolean;
  afterFailure(): Promise<void>;
  interrupted(step: StepName): Promise<StepFailure | undefined>;
  close(): void;
}

/** Opens a drill of the kind that its request names. @throws Error naming what cannot be reached; nothing stays open then */
export type DrillOpener = (input: StepInput, clock: DrillClock) => Promise<OpenDrill>;

/** Opens a drill of one kind; from then on nobody needs to know which. */
export async function openDrill<R extends RunState>(
  kind: DrillKind<R>,
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
    journal: (step) => kind.journal(run, step),
    notesItsBeginning: (step) => kind.notesItsBeginning(step),
    afterFailure: () => kind.afterFailure(run),
    interrupted: (step) => kind.interrupted(run, step),
    close: () => {
      kind.close(run);
    },
  };
}
