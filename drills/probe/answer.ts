import type { ProbeSamples } from "../../evidence/document";

/** `a` acknowledged, `r` certainly not written, `i` may or may not have been written. */
export type Outcome = ProbeSamples["outcome"][number];

/** How one write attempt ended. */
export interface Answer {
  readonly outcome: Outcome;
  /** False when nothing came back within the attempt's time. */
  readonly ended: boolean;
  /** Why it was not acknowledged; empty when it was. */
  readonly reason: string;
  /** What the store called the event, where it names one (a Redis stream id). */
  readonly receipt?: string;
}

/** One open connection to one store; closed once it is unusable, never reopened. */
export interface StoreConnection {
  /** Sends one event. Never rejects: every failure is an answer. */
  write(seq: number): Promise<Answer>;
  readonly isOpen: boolean;
  /** Fulfils when the connection has closed, for whatever reason. */
  readonly closed: Promise<void>;
  destroy(): void;
}
