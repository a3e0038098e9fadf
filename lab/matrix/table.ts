import type { Cell, Strike } from "./cell";
import { DOOR_ROWS } from "./door-rows";
import {
  cellsOf,
  completed,
  expect,
  primary,
  promotedThenHeld,
  recovered,
  recoveredUnproved,
  refused,
  rolledBack,
  standby,
  turnedAway,
  unproved,
  type Row,
} from "./row";

const pair = (fault: string): Strike => ({ fault, on: "pair" });
const run = (fault: string): Strike => ({ fault, on: "run" });

function planned(strike: Strike, expected: Row["expected"], given: readonly Strike[] = []): Row {
  return { kind: "planned", strike, expected, given };
}

function unplanned(strike: Strike, expected: Row["expected"], more: Pick<Row, "given" | "flags"> = {}): Row {
  return { kind: "unplanned", strike, expected, ...more };
}

/** The primary's host has lost its power: what most unplanned drills are about. */
const POWERLESS = { given: [primary("power-loss")] } as const;

/**
 * The one table: every fault, the moment it strikes, and what must come of it, written down before anything runs. Moments that a row
 * leaves out are those at which the fault has nothing to break, or which differ from another row in nothing.
 */
const ROWS: readonly Row[] = [
  planned(primary("power-loss"), { before: refused, armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  planned(standby("power-loss"), { before: turnedAway, armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  planned(primary("engine-killed"), { before: refused, armed: refused, "in-the-cut": unproved, promoted: unproved }),
  planned(standby("engine-killed"), { before: refused, armed: refused, "in-the-cut": unproved, promoted: unproved }),
  planned(primary("engine-frozen"), { before: refused, "in-the-cut": unproved }),
  planned(primary("database-killed"), { armed: refused }),
  planned(standby("database-killed"), { armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  planned(primary("database-frozen"), { before: refused, armed: refused }),
  planned(standby("database-frozen"), { "in-the-cut": rolledBack }),
  planned(primary("redis-killed"), { armed: refused, "in-the-cut": rolledBack }),
  planned(standby("redis-killed"), { "in-the-cut": rolledBack }),
  planned(primary("redis-frozen"), { "in-the-cut": rolledBack }),
  // The demotion reads the lag once more before it stops anything: what the standby missed by then decides.
  planned(pair("cut-hosts"), {
    before: refused,
    armed: { outcome: ["refused", "rolled back"], evidence: ["failed"], lostAtMost: 0 },
    "in-the-cut": rolledBack,
    promoted: unproved,
  }),
  planned(primary("cut-operator"), { before: refused, armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  planned(standby("cut-operator"), { before: turnedAway, armed: refused, "in-the-cut": rolledBack }),
  planned(standby("one-way-cut"), { "in-the-cut": rolledBack }),
  planned(pair("lossy-link"), {
    before: { outcome: ["completed", "refused", "rolled back"], evidence: ["accepted", "failed"], lostAtMost: 0 },
  }),
  planned(primary("reboot"), { before: expect("held", "failed") }, [pair("cut-hosts")]),
  planned(run("run-killed"), { armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  planned(run("provider-killed"), { armed: refused, "in-the-cut": rolledBack, promoted: unproved }),
  // The provider outlives its engine and ends the step that it is in: a `verify` that was over before the next run is proof.
  planned(run("engine-run-killed"), {
    armed: refused,
    "in-the-cut": unproved,
    promoted: { outcome: ["completed"], evidence: ["accepted", "failed"], lostAtMost: 0 },
  }),

  planned(primary("connections-used-up"), { before: refused }),
  planned(primary("stuck-backend"), { before: refused, armed: refused }),
  planned(standby("replay-blocked"), { before: refused, armed: refused }),
  planned(primary("slot-full"), { before: refused }, [pair("cut-hosts")]),
  planned(run("pending-changes"), { before: completed }),

  unplanned(primary("power-loss"), { before: recovered }),
  unplanned(primary("database-frozen"), { before: recovered }),
  unplanned(primary("redis-frozen"), { before: recovered }),
  unplanned(primary("engine-killed"), { before: refused }),
  unplanned(primary("engine-frozen"), { before: refused }),
  unplanned(pair("cut-hosts"), { before: refused }),
  unplanned(primary("cut-operator"), { before: refused }),
  unplanned(primary("cut-operator"), { before: completed }, { flags: ["--fence-live-primary"] }),
  unplanned(pair("cut-hosts"), { before: recovered }, { given: [primary("cut-operator")] }),
  unplanned(primary("connections-used-up"), { before: refused }),
  unplanned(primary("slot-full"), { before: refused }, { given: [pair("cut-hosts")] }),
  unplanned(run("pending-changes"), { before: recovered }, POWERLESS),
  // An `up` is refused between the loss and the drill: whether clients waited for less than the 60 s allowed is the machine's pace.
  unplanned(run("primary-emptied"), {
    before: { outcome: ["completed"], evidence: ["accepted", "refused"], lostAtMost: 0 },
  }),
  unplanned(run("host-returns"), { "in-the-cut": rolledBack, promoted: recovered }, POWERLESS),
  unplanned(standby("power-loss"), { armed: refused, "in-the-cut": rolledBack, promoted: promotedThenHeld }, POWERLESS),
  // The containers of a killed engine run on; they restart when the engine is there again.
  unplanned(standby("engine-killed"), { armed: refused, promoted: promotedThenHeld }, POWERLESS),
  unplanned(standby("cut-operator"), { armed: refused, promoted: recoveredUnproved }, POWERLESS),
  unplanned(run("run-killed"), { armed: recovered, "in-the-cut": recovered, promoted: recovered }, POWERLESS),
  unplanned(run("provider-killed"), { armed: recovered, "in-the-cut": recovered, promoted: recovered }, POWERLESS),
];

/** Every cell, in the order in which they run. */
export const CELLS: readonly Cell[] = [...ROWS, ...DOOR_ROWS].flatMap(cellsOf);

/**
 * What `make test` runs: of each kind the quickest that strikes while something is done. A refusal, power loss, and a run
 * that is killed in the cut have tests of their own.
 */
export const SUBSET: readonly string[] = [
  "planned/redis-killed@standby/in-the-cut",
  "unplanned/redis-frozen@primary/before",
];
