import type { RunHead } from "../bench/report";
import type { Cell } from "./cell";
import type { Measured } from "./outcome";
import type { Attempt } from "../watch/attempt";
import type { WatchReport } from "../watch/report";
import type { StoreName } from "../../settings/services";

/** The longest stretch in which no host acknowledged a write. */
export interface Absence {
  readonly longestGapMs: number;
  /** When it ended, milliseconds after the fault struck: from then on there was a writable primary. */
  readonly endedAfterMs: number;
}

/**
 * The longest stretch without an acknowledged write of either host that ended after `struckMs`. Null when nothing was acknowledged
 * after it, or before it: then nobody knows how long it was.
 * @param attempts of one store, of both hosts, in any order; milliseconds of the machine's clock, as `struckMs`
 */
export function absenceAfter(attempts: readonly Attempt[], struckMs: number): Absence | null {
  const ends = attempts
    .filter((one) => one.accepted)
    .map((one) => one.endMs)
    .sort((left, right) => left - right);
  let longest: Absence | null = null;
  for (const [at, endMs] of ends.entries()) {
    const before = ends[at - 1];
    if (before === undefined || endMs <= struckMs) continue;
    const longestGapMs = endMs - before;
    if (longest === null || longestGapMs > longest.longestGapMs)
      longest = { longestGapMs, endedAfterMs: endMs - struckMs };
  }
  return longest;
}

/** Whether a store of a host acknowledged a write between two moments. */
export function acceptedBetween(attempts: readonly Attempt[], fromMs: number, toMs: number): boolean {
  return attempts.some((one) => one.accepted && one.startMs >= fromMs && one.endMs <= toMs);
}

/** The stop inside a switchover's cutover window, and a crash recovery after one that was ended at once, milliseconds. */
export interface StopOfPrimary {
  /** Longest that it may take; what hangs longer is ended at once. */
  readonly boundMs: number;
  /** Null when it was not begun, as when a session did not end. */
  readonly tookMs: number | null;
  /** Null when it is not known how long it took, absent when there was none. */
  readonly recoveryMs?: number | null | undefined;
}

/** One cell as it was run. Times are milliseconds. */
export interface CellRecord extends Omit<Cell, "flags">, Measured {
  readonly flags: readonly string[];
  readonly drillId: string;
  readonly startedAt: string;
  readonly seconds: number;
  /** Processes that ran or waited to run before the cell began, one-minute average. */
  readonly loadAverage: number;
  /** Whether the sessions of drill, probe and watcher were encrypted; absent where that was not recorded. */
  readonly encrypted?: boolean;
  readonly from: string | null;
  readonly to: string | null;
  /** What the evidence says beside its verdict. */
  readonly evidenceDetail: string | null;
  /** Longest stretch without a writable primary, as the watch saw it, and when it ended after the strike; null when not known. */
  readonly absence: Readonly<Record<StoreName, Absence | null>>;
  /** What was done after the drill until the pair stood, in order: the lab's heal, and verbs of the product beside those that were advised. */
  readonly settledBy: readonly string[];
  /** What the stop of the old primary's PostgreSQL took, apart from a recovery after it; null when none was begun, absent in a run of before. */
  readonly stop?: StopOfPrimary | null;
  readonly watch: WatchReport | null;
  /** In what it differs from what was written down; empty when it came as expected. */
  readonly deviations: readonly string[];
}

/** The JSON document of a fault matrix. */
export interface MatrixReport extends RunHead {
  /** Names of cells of the table that no run has come to yet. */
  readonly notRun: readonly string[];
  readonly cells: readonly CellRecord[];
}
