/** When a fault strikes, in the order of a drill. */
export const MOMENTS = ["before", "armed", "in-the-cut", "promoted"] as const;
/** When a fault strikes. */
export type Moment = (typeof MOMENTS)[number];

/** What each moment means, for people. */
export const MOMENT_SENTENCES: Readonly<Record<Moment, string>> = {
  before: "before the drill begins",
  armed: "precheck has passed, nothing is changed yet",
  "in-the-cut": "the old primary is stopped (planned) or fenced (unplanned), nothing is promoted yet",
  promoted: "both stores are promoted, nothing is verified yet",
};

/**
 * What became of the roles. `completed`: the standby is the one primary. `rolled back`: the old primary was stopped or fenced and is the
 * one primary again. `refused`: the old primary was never touched. `held`: nothing takes writes until an operator decides.
 */
export const OUTCOMES = ["completed", "rolled back", "refused", "held"] as const;
/** What became of the roles. */
export type Outcome = (typeof OUTCOMES)[number];

/** What the drill's evidence says. `failed`: it says so itself. `refused`: it claims success and the verifier does not accept it. */
export const EVIDENCE_VERDICTS = ["accepted", "failed", "refused", "none"] as const;
/** What the drill's evidence came to. */
export type EvidenceVerdict = (typeof EVIDENCE_VERDICTS)[number];

/**
 * Faults of the run itself, on the operator's side, and hosts that come back in another state: the lab's own list has none of them.
 * `pending-changes`: the environment file has changed, and no `up` has followed. `primary-emptied`: `down`, the primary's two data
 * volumes are lost, and `up` has refused to begin beside the other host's data.
 */
export const RUN_FAULTS = [
  "run-killed",
  "provider-killed",
  "engine-run-killed",
  "host-returns",
  "pending-changes",
  "primary-emptied",
] as const;
/** A fault that no host has: of the run, or a host that comes back. */
export type RunFault = (typeof RUN_FAULTS)[number];

/** One fault and whom it strikes; roles are those before the drill. `pair` is what joins the hosts, `run` the drill's own processes. */
export interface Strike {
  /** A fault of `understudy lab fault`, or one of `RUN_FAULTS`. */
  readonly fault: string;
  readonly on: "primary" | "standby" | "pair" | "run";
}

/** What is written down before the run. */
export interface Expected {
  /** More than one only where the machine's own timing decides, as with a server that restarts by itself. */
  readonly outcome: readonly Outcome[];
  readonly evidence: readonly EvidenceVerdict[];
  /** Acknowledged events that may be missing at the end, of each store. */
  readonly lostAtMost: number;
}

/** One cell of the matrix: a drill, a fault, a moment, and what must come of it. */
export interface Cell {
  /** `KIND/FAULT@WHOM/MOMENT`, with what was broken before in front of the fault, and `doors` in front of that where there are doors. */
  readonly id: string;
  readonly kind: "planned" | "unplanned";
  /** Broken before the drill begins, in this order. */
  readonly given: readonly Strike[];
  readonly strike: Strike;
  readonly moment: Moment;
  /** Further words for `understudy failover`. */
  readonly flags: readonly string[];
  /** The environment file of the pair, where it is another one than the lab's: clients come through its doors. */
  readonly environment?: string;
  readonly expected: Expected;
}
