import {
  MOMENTS,
  type Cell,
  type EvidenceVerdict,
  type Expected,
  type Moment,
  type Outcome,
  type Strike,
} from "./cell";

/** Losses an unplanned end may cost: what was acknowledged and on its way, a quarter of a second of the probe's events. */
const IN_FLIGHT = 50;

/** One outcome, with nothing lost unless said otherwise. */
export function expect(outcome: Outcome, evidence: EvidenceVerdict, lostAtMost = 0): Expected {
  return { outcome: [outcome], evidence: [evidence], lostAtMost };
}

/** A switchover that came to its end. */
export const completed = expect("completed", "accepted");
/** The roles have changed; what is broken now keeps the drill from proving that all is well. */
export const unproved = expect("completed", "failed");
/** The old primary was stopped and is primary again. */
export const rolledBack = expect("rolled back", "failed");
/** The old primary was not touched. */
export const refused = expect("refused", "failed");
/** Refused before the engine was asked: there is no evidence. */
export const turnedAway = expect("refused", "none");

/** A failover that came to its end. */
export const recovered = expect("completed", "accepted", IN_FLIGHT);
/** The same without the proof that all is well. */
export const recoveredUnproved = expect("completed", "failed", IN_FLIGHT);
/** A promoted host that restarts while its peer is gone, or held, has nobody to ask: its guard waits for an operator. */
export const promotedThenHeld = expect("held", "failed", IN_FLIGHT);

/** One fault, and what must come of it at each moment at which it is tried. */
export interface Row {
  readonly kind: Cell["kind"];
  readonly strike: Strike;
  readonly given?: readonly Strike[];
  readonly flags?: readonly string[];
  /** Another environment file than the lab's: the pair is brought up by it, and back afterwards. */
  readonly environment?: string;
  readonly expected: Partial<Readonly<Record<Moment, Expected>>>;
}

/** The host that is primary before the drill. */
export const primary = (fault: string): Strike => ({ fault, on: "primary" });
/** The host that is standby before the drill. */
export const standby = (fault: string): Strike => ({ fault, on: "standby" });

/** What stands before the fault in the name of a cell whose clients come through doors. */
const DOORS = "doors";

function word({ fault, on }: Strike): string {
  return on === "primary" || on === "standby" ? `${fault}@${on}` : fault;
}

/** The cells of a row, in the order of the moments. */
export function cellsOf({ kind, strike, given = [], flags = [], environment, expected }: Row): readonly Cell[] {
  const where = environment === undefined ? [] : [DOORS];
  return MOMENTS.flatMap((moment) => {
    const wanted = expected[moment];
    if (wanted === undefined) return [];
    const id = [kind, [...where, ...given.map(word), word(strike), ...flags].join("+"), moment].join("/");
    const common = { id, kind, given, strike, moment, flags, expected: wanted };
    return [environment === undefined ? common : { ...common, environment }];
  });
}
