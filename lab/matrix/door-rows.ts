import type { Expected, Strike } from "./cell";
import { completed, primary, recovered, refused, standby, type Row } from "./row";

/** The environment file of these rows. */
export const DOORS_ENVIRONMENT = "configs/deploy/environments/lab_doors.yaml";

/**
 * Statements that are under way in what has just fallen silent: the hold waits for them for the bound, their clients give
 * up at another time of their own. Which comes first decides; nothing was stopped yet when the hold has failed.
 */
const heldOrCalledOff: Expected = {
  outcome: ["refused", "completed"],
  evidence: ["failed", "accepted"],
  lostAtMost: 0,
};
/** The container starts again within a second: it is there when the clients are to be held, or not yet. */
const backInTimeOrNot = heldOrCalledOff;

function planned(strike: Strike, expected: Row["expected"]): Row {
  return { kind: "planned", environment: DOORS_ENVIRONMENT, strike, expected };
}

function unplanned(strike: Strike, expected: Row["expected"], given: Strike): Row {
  return { kind: "unplanned", environment: DOORS_ENVIRONMENT, strike, expected, given: [given] };
}

/** Once the old primary is stopped no door can stop a switchover: one that is not told hears it from the agents. */
const GOES_ON = { "in-the-cut": completed, promoted: completed } as const;

const ALL_MOMENTS = { before: recovered, armed: recovered, "in-the-cut": recovered, promoted: recovered } as const;

/** Its host has lost its power, and with it one of the two doors. */
const POWERLESS = primary("power-loss");
/** Its host lives, and so does the door there: the other one may be away for good. */
const HANGS = primary("database-frozen");

/**
 * A door that is killed, frozen or cut off, at each moment. In a switchover the drill speaks to both doors: what does not
 * answer, or leads nowhere, refuses it as long as nothing was stopped. In a failover nobody speaks to them: they go by the
 * agents. A client knows both doors; so long as one of them lives, it must be back within 10 s of there being a primary.
 * Where both doors are gone at a time, as when the standby's is frozen beside a dead primary, nobody can get in: not tried.
 * A keeper takes no part in a failover: not tried there.
 */
export const DOOR_ROWS: readonly Row[] = [
  // It is back before the drill asks; while it starts, it leads nowhere, and what it has not heard the agents say.
  planned(primary("door-haproxy-killed"), { before: completed, armed: completed, ...GOES_ON }),
  planned(primary("door-haproxy-frozen"), { before: refused, armed: heldOrCalledOff, ...GOES_ON }),
  planned(primary("door-haproxy-cut"), { before: refused, armed: heldOrCalledOff, ...GOES_ON }),
  planned(primary("door-pooler-killed"), { before: completed, armed: backInTimeOrNot, ...GOES_ON }),
  planned(primary("door-pooler-frozen"), { before: refused, armed: refused, ...GOES_ON }),
  // Its console answers and HAProxy leads, so `precheck` sees nothing of it.
  planned(primary("door-pooler-cut"), { before: heldOrCalledOff, armed: heldOrCalledOff, ...GOES_ON }),
  planned(primary("door-keeper-killed"), { before: completed, armed: refused, ...GOES_ON }),
  planned(primary("door-keeper-frozen"), { before: refused, armed: refused, ...GOES_ON }),
  // Of the two doors this one leads to its own host afterwards.
  planned(standby("door-haproxy-frozen"), { "in-the-cut": completed }),
  planned(standby("door-pooler-frozen"), { "in-the-cut": completed }),
  planned(standby("door-keeper-killed"), { armed: refused, "in-the-cut": completed }),

  { kind: "unplanned", environment: DOORS_ENVIRONMENT, strike: POWERLESS, expected: { before: recovered } },
  unplanned(standby("door-haproxy-killed"), ALL_MOMENTS, POWERLESS),
  unplanned(standby("door-pooler-killed"), ALL_MOMENTS, POWERLESS),
  unplanned(standby("door-haproxy-frozen"), ALL_MOMENTS, HANGS),
  unplanned(standby("door-haproxy-cut"), ALL_MOMENTS, HANGS),
  unplanned(standby("door-pooler-frozen"), ALL_MOMENTS, HANGS),
  unplanned(standby("door-pooler-cut"), { before: recovered, promoted: recovered }, HANGS),
];
