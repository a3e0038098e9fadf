import { messageOf } from "../../settings/user-error";

/** A step that was done. */
export interface DoneStep {
  readonly words: string;
  readonly at: string;
  readonly tookMs: number;
}

/** How far a run came. */
export interface Ran {
  readonly done: readonly DoneStep[];
  /** Why a step was not done, with which; null when none failed. */
  readonly failure: string | null;
}

/** Does one step after the other and ends with the first that fails; never throws. */
export async function runSteps<T>(
  steps: readonly T[],
  wordsOf: (step: T) => string,
  phase: (words: string) => void,
  work: (step: T) => Promise<void>,
): Promise<Ran> {
  const done: DoneStep[] = [];
  for (const step of steps) {
    const [began, at] = [performance.now(), new Date().toISOString()];
    phase(wordsOf(step));
    try {
      await work(step);
    } catch (error) {
      return { done, failure: `${wordsOf(step)}: ${messageOf(error)}` };
    }
    done.push({ words: wordsOf(step), at, tookMs: Math.round(performance.now() - began) });
  }
  return { done, failure: null };
}
