import type { Fault, UnavailableFault } from "./fault";
import { DOOR_FAULTS } from "./door-faults";
import { fullDisk } from "./full-disk";
import { cutHosts, cutOperator, lossyLink, oneWayCut, slowLink } from "./link-faults";
import { powerLoss, reboot } from "./power-faults";
import * as processes from "./process-faults";
import * as sessions from "./session-faults";

/** Every fault the lab can make. They are healed in this order: the way to a host first, then the host, then what runs on it. */
export const FAULTS: readonly Fault[] = [
  cutOperator,
  cutHosts,
  oneWayCut,
  slowLink,
  lossyLink,
  fullDisk,
  powerLoss,
  reboot,
  processes.engineFrozen,
  processes.engineKilled,
  processes.databaseFrozen,
  processes.databaseKilled,
  processes.redisFrozen,
  processes.redisKilled,
  ...DOOR_FAULTS,
  sessions.connectionsUsedUp,
  sessions.stuckBackend,
  sessions.replayBlocked,
  sessions.slotFull,
];

/** Faults people look for and one machine with one kernel cannot make. */
export const UNAVAILABLE_FAULTS: readonly UnavailableFault[] = [
  {
    name: "clock-skew",
    sentence: "the clock of one host is wrong",
    reason:
      "both hosts share this kernel's only wall clock: a time namespace shifts the monotonic and the boot clock, not CLOCK_REALTIME, and a library loaded before a program that answers for the clock reaches neither the static programs of a host nor containers as the stacks declare them",
  },
];
