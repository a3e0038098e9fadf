import type { WatchReport } from "../watch/report";
import type { Absence } from "./absence";
import type { Cell } from "./cell";
import type { Measured } from "./outcome";
import type { Machine } from "../bench/machine";

/** One cell as it was run. Times are milliseconds. */
export interface CellRecord extends Omit<Cell, "flags">, Measured {
  readonly flags: readonly string[];
  readonly drillId: string;
  readonly startedAt: string;
  readonly seconds: number;
  /** Processes that ran or waited to run before the cell began, one-minute average. */
  readonly loadAverage: number;
  readonly from: string | null;
  readonly to: string | null;
  /** What the evidence says beside its verdict. */
  readonly evidenceDetail: string | null;
  /** Longest stretch without a writable primary, as the watch saw it, and when it ended after the strike; null when not known. */
  readonly absence: Readonly<Record<"timescaledb" | "redis", Absence | null>>;
  /** What was done after the drill until the pair stood, in order: the lab's heal, and verbs of the product. */
  readonly settledBy: readonly string[];
  readonly watch: WatchReport | null;
  /** In what it differs from what was written down; empty when it came as expected. */
  readonly deviations: readonly string[];
}

/** The JSON document of a fault matrix. */
export interface MatrixReport {
  readonly version: 1;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly environment: string;
  readonly machine: Machine;
  readonly standIns: readonly string[];
  /** Names of cells of the table that no run has come to yet. */
  readonly notRun: readonly string[];
  readonly cells: readonly CellRecord[];
}
