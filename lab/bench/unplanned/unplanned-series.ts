import type { JudgedAim } from "../aims";
import type { GoneKind, UnplannedRecord } from "./unplanned-record";
import type { UnplannedSummary } from "./unplanned-summary";

/** One series of unplanned failovers in the report of a benchmark. */
export interface UnplannedSeries {
  readonly name: "unplanned";
  readonly gone: GoneKind;
  /** How long a silent primary is asked before it counts as gone, milliseconds. */
  readonly goneAfterMs: number;
  readonly loadAverageBefore: number;
  readonly summary: UnplannedSummary;
  readonly aims: readonly JudgedAim[];
  readonly failovers: readonly UnplannedRecord[];
}
