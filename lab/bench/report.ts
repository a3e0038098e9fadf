import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import type { JudgedAim } from "./aims";
import type { BackupsSeries } from "./backups/backups-series";
import type { LoadDone } from "./load-meter";
import type { SeriesSummary } from "./series-summary";
import type { SwapRecord } from "./swap-record";
import type { UnplannedSeries } from "./unplanned/unplanned-text";
import type { Environment } from "../../settings/environment";

/** The machine of a benchmark, without a name or an address of it. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryMib: number;
  readonly kernel: string;
  readonly node: string;
}

function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memoryMib: Math.round(totalmem() / 1024 / 1024),
    kernel: `${type()} ${release()}`,
    node: process.version,
  };
}

/** `probe`: nothing but the probe writes. `load`: pgbench and redis-benchmark write beside it, at a bounded rate. */
export type SeriesName = "probe" | "load";

/** One series of switchovers, with its figures and how they compare with the aims. */
export interface Series {
  readonly name: SeriesName;
  /** What the load beside the probe got done; null in the series without one. */
  readonly load: LoadDone | null;
  /** Processes that ran or waited to run before the series began, one-minute average: above the number of cores, the machine was busy. */
  readonly loadAverageBefore: number;
  readonly summary: SeriesSummary;
  readonly aims: readonly JudgedAim[];
  readonly swaps: readonly SwapRecord[];
}

/** What the report of every series of runs says first. */
export interface RunHead {
  readonly version: 1;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly environment: string;
  readonly machine: Machine;
  /** What the services really are where they are not the product itself. */
  readonly standIns: readonly string[];
}

/** The head of the report of what `began`, and has come so far now, on this machine. */
export function runHead({ name, services }: Environment, began: Date): RunHead {
  return {
    version: 1,
    startedAt: began.toISOString(),
    finishedAt: new Date().toISOString(),
    environment: name,
    machine: describeMachine(),
    standIns: Object.entries(services).flatMap(([service, { stand_in }]) =>
      stand_in === undefined ? [] : [`${service}: ${stand_in}`],
    ),
  };
}

/** The JSON document of a benchmark. Times are milliseconds, percentiles nearest-rank. */
export interface BenchReport extends RunHead {
  /** Planned swaps. */
  readonly series: readonly Series[];
  readonly unplanned: readonly UnplannedSeries[];
  /** What backups do and cost; null when that was not asked for, or broke off before anything was measured. */
  readonly backups: BackupsSeries | null;
}
