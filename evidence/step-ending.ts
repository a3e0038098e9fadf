import type { Failure } from "./document";

/** An end of a step other than `passed` after which the drill goes on all the same. */
export type StepEnding =
  /** The operator has decided, in words, to go on without what the step would have proved. */
  | { readonly status: "bypassed" }
  /** It could not do its work, and what it is for is proved another way. */
  | { readonly status: "failed"; readonly failure: Failure };
