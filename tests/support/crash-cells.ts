import type { DrillConfig } from "../../settings/drill-config";

/** What is killed with SIGKILL; `interrupt`: the command is told to end by SIGINT. */
export type Victim = "engine" | "engine and its plugins" | "provider" | "command" | "interrupt";

/** The line of progress at which it strikes: a step begins, or has ended. */
export type Moment =
  "precheck begins" | "precheck ends" | "backup-sync-check ends" | "cut is open" | "demotion ends" | "promotion ends";

/** How it may end, once the same drill id was run again where the first run could not. */
export type Outcome = "completed" | "rolled back";

/** One crash, and every way to end that is right; written down before it is run. */
export interface CrashCell {
  readonly kind: DrillConfig["kind"];
  readonly victim: Victim;
  readonly at: Moment;
  readonly ends: readonly Outcome[];
  /** Whether the story runs it by default; the others run with UNDERSTUDY_CRASHES=all. */
  readonly inEveryTest: boolean;
}

function cells(
  kind: CrashCell["kind"],
  at: Moment,
  ends: readonly Outcome[],
  victims: readonly Victim[],
  inEveryTest: readonly Victim[] = [],
): readonly CrashCell[] {
  return victims.map((victim) => ({ kind, victim, at, ends, inEveryTest: inEveryTest.includes(victim) }));
}

const PROCESSES = ["engine", "engine and its plugins", "provider", "command"] as const;

/**
 * What runs a drill, killed or interrupted at every boundary. Before the cut nothing is changed, so everything may simply
 * be undone or go on; in it the old primary goes back to work, or the exchange is completed; after it the roles have
 * changed and stay so. What the hosts and the network can suffer is in the fault matrix of the lab.
 */
export const CRASH_CELLS: readonly CrashCell[] = [
  ...cells("planned", "precheck begins", ["completed", "rolled back"], PROCESSES),
  ...cells("planned", "precheck begins", ["rolled back"], ["interrupt"], ["interrupt"]),
  ...cells("planned", "precheck ends", ["completed", "rolled back"], [...PROCESSES, "interrupt"]),
  ...cells("planned", "backup-sync-check ends", ["completed", "rolled back"], PROCESSES),
  ...cells("planned", "cut is open", ["completed", "rolled back"], PROCESSES, ["engine and its plugins", "command"]),
  ...cells("planned", "promotion ends", ["completed"], [...PROCESSES, "interrupt"]),
  ...cells("unplanned", "precheck begins", ["completed", "rolled back"], PROCESSES),
  ...cells("unplanned", "precheck ends", ["completed"], PROCESSES),
  ...cells("unplanned", "backup-sync-check ends", ["completed"], PROCESSES),
  ...cells("unplanned", "demotion ends", ["completed"], PROCESSES),
  ...cells("unplanned", "promotion ends", ["completed"], [...PROCESSES, "interrupt"]),
];
