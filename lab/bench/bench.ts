import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { bringUpPair } from "../host/bring-up-pair";
import type { Environment } from "../../settings/environment";
import type { Progress } from "../host/progress";
import { judgeAims } from "./aims";
import type { BackupsSeries } from "./backups/backups-series";
import { runBackups } from "./backups/run-backups";
import { startLoad } from "./load";
import type { LoadDone } from "./load-meter";
import { type BenchReport, runHead, type Series, type SeriesName } from "./report";
import { awaitReadiness } from "./readiness";
import { runSeries } from "./run-series";
import { summarize } from "./series-summary";
import { runUnplanned } from "./unplanned/run-unplanned";
import { GONE_KINDS } from "./unplanned/unplanned-record";
import type { UnplannedSeries } from "./unplanned/unplanned-text";
import { judgeUnplanned, summarizeUnplanned } from "./unplanned/unplanned-summary";

/** Which series a benchmark runs, and how long each is. */
export interface BenchPlan {
  /** Swaps of each planned series. */
  readonly count: number;
  readonly series: readonly SeriesName[];
  /** Unplanned failovers of each kind; none when zero. */
  readonly unplannedCount: number;
  /** What is measured of backups; nothing when null. */
  readonly backups: { readonly journalMib: number; readonly swaps: number } | null;
  /** Folder that keeps every swap's evidence; a temporary one, which stays only when a swap failed, when undefined. */
  readonly evidenceFolder: string | undefined;
  /** Ends the benchmark after the swap that is under way: what was measured by then is reported. */
  readonly stop: AbortSignal;
}

/**
 * Brings both stacks up, then swaps the roles to and fro, one series after the other, takes the primary away again and again, and at last
 * measures backups.
 * @param save receives the report after every series, so that a later one that breaks off takes nothing with it
 * @throws UserError or LabError when the pair does not come up, is not ready for a drill, or the load does not start
 */
export async function bench(
  environment: Environment,
  { count, series, unplannedCount, backups, evidenceFolder, stop }: BenchPlan,
  progress: Progress,
  save: (report: BenchReport) => void,
): Promise<BenchReport> {
  const began = new Date();
  const stamp = began
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();
  const folder = evidenceFolder ?? (await mkdtemp(path.join(tmpdir(), "understudy-bench-")));
  await mkdir(folder, { recursive: true });
  const done: Series[] = [];
  const unplanned: UnplannedSeries[] = [];
  let measured: BackupsSeries | null = null;
  const report = (): BenchReport => ({
    ...runHead(environment, began),
    series: [...done],
    unplanned: [...unplanned],
    backups: measured,
  });

  await bringUpPair(environment, progress);
  if (series.length > 0)
    await awaitReadiness(environment, path.join(folder, "dry-run.env"), `bench-${stamp}-dry`, progress);
  for (const name of series) {
    if (stop.aborted) break;
    const loadAverageBefore = loadNow();
    const { load, records } = await underLoad(environment, name === "load", progress, () =>
      runSeries(environment, { name, count, stamp, folder, stop }, progress),
    );
    const summary = summarize(records, count);
    done.push({ name, load, loadAverageBefore, summary, aims: judgeAims(summary), swaps: records });
    save(report());
  }
  for (const gone of unplannedCount > 0 ? GONE_KINDS : []) {
    if (stop.aborted) break;
    const loadAverageBefore = loadNow();
    const failovers = await runUnplanned(environment, { gone, count: unplannedCount, stamp, folder, stop }, progress);
    const summary = summarizeUnplanned(failovers, unplannedCount);
    const goneAfterMs = environment.policy.primary_gone_after_seconds * 1000;
    const aims = judgeUnplanned(summary, gone, goneAfterMs);
    unplanned.push({ name: "unplanned", gone, goneAfterMs, loadAverageBefore, summary, aims, failovers });
    save(report());
  }
  if (backups !== null && !stop.aborted) {
    measured = await runBackups({ ...backups, stamp, folder, stop }, progress, (soFar) => {
      measured = soFar;
      save(report());
    });
    save(report());
  }
  const failures = [...done, ...unplanned].flatMap(({ summary }) => summary.failed.map(({ failure }) => failure));
  const anyFailed = [...failures, ...(measured?.swaps ?? []).map(({ failure }) => failure)].some(Boolean);
  if (anyFailed) progress(`the evidence of every switchover stays in ${folder}`);
  else if (evidenceFolder === undefined) await rm(folder, { recursive: true, force: true });
  return report();
}

/** The one-minute average of processes that run or wait to run. */
function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

async function underLoad<T>(
  environment: Environment,
  wanted: boolean,
  progress: Progress,
  work: () => Promise<T>,
): Promise<{ load: LoadDone | null; records: T }> {
  if (!wanted) return { load: null, records: await work() };
  progress("starting pgbench and redis-benchmark on both hosts");
  const load = await startLoad(environment);
  let records: T;
  try {
    records = await work();
  } catch (error) {
    await load.stop();
    throw error;
  }
  return { records, load: await load.stop() };
}
