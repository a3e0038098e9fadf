import { nearestRank } from "../distribution";

/** How fast something was in several runs, MiB/s; null when none was measured. */
export interface Throughput {
  readonly measured: number;
  /** Runs without a size or a time. They have no part in the figures below. */
  readonly unknown: number;
  readonly slowest: number | null;
  readonly p50: number | null;
  readonly fastest: number | null;
}

const MIB = 1024 * 1024;

/** Speed of each run, and how they spread. @param runs seconds, and bytes; null where it is not known */
export function throughputOf(runs: readonly { readonly seconds: number; readonly bytes: number | null }[]): Throughput {
  const speeds = runs.flatMap(({ seconds, bytes }) =>
    bytes === null || !(seconds > 0) ? [] : [Math.round((100 * bytes) / MIB / seconds) / 100],
  );
  return {
    measured: speeds.length,
    unknown: runs.length - speeds.length,
    slowest: speeds.length === 0 ? null : Math.min(...speeds),
    p50: nearestRank(speeds, 50),
    fastest: nearestRank(speeds, 100),
  };
}
