import { mkdtemp, rm } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import path from "node:path";
import { bringUp } from "../../drills/failover/bring-up";
import type { Environment } from "../../settings/environment";
import type { Progress } from "../progress";
import { judgeAims } from "./aims";
import { startLoad } from "./load";
import type { LoadDone } from "./load-meter";
import { describeMachine } from "./machine";
import { awaitReadiness } from "./readiness";
import type { BenchReport, Series, SeriesName } from "./report";
import { runSeries } from "./run-series";
import { summarize } from "./series-summary";

export interface BenchPlan {
  /** Swaps of each series. */
  readonly count: number;
  readonly series: readonly SeriesName[];
  /** Folder that keeps every swap's evidence; a temporary one, which stays only when a swap failed, when undefined. */
  readonly evidenceFolder: string | undefined;
  /** Ends the benchmark after the swap that is under way: what was measured by then is reported. */
  readonly stop: AbortSignal;
}

/**
 * Brings both stacks up, then swaps the roles to and fro, one series after the other.
 * @param save receives the report after every series, so that a later one that breaks off takes nothing with it
 * @throws UserError or LabError when the pair does not come up, is not ready for a drill, or the load does not start
 */
export async function bench(
  environment: Environment,
  { count, series, evidenceFolder, stop }: BenchPlan,
  progress: Progress,
  save: (report: BenchReport) => void,
): Promise<BenchReport> {
  const began = new Date();
  const stamp = began
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, "")
    .toLowerCase();
  const folder = evidenceFolder ?? (await mkdtemp(path.join(tmpdir(), "understudy-bench-")));
  const done: Series[] = [];
  const report = (): BenchReport => ({
    version: 1,
    startedAt: began.toISOString(),
    finishedAt: new Date().toISOString(),
    environment: environment.name,
    machine: describeMachine(),
    standIns: Object.entries(environment.services).flatMap(([service, { stand_in }]) =>
      stand_in === undefined ? [] : [`${service}: ${stand_in}`],
    ),
    series: [...done],
  });

  await bringUp(environment, progress);
  await awaitReadiness(environment, path.join(folder, "dry-run.env"), `bench-${stamp}-dry`, progress);
  for (const name of series) {
    if (stop.aborted) break;
    const loadAverageBefore = Math.round((loadavg()[0] ?? 0) * 100) / 100;
    const { load, records } = await underLoad(environment, name === "load", progress, () =>
      runSeries(environment, { name, count, stamp, folder, stop }, progress),
    );
    const summary = summarize(records, count);
    done.push({ name, load, loadAverageBefore, summary, aims: judgeAims(summary), swaps: records });
    save(report());
  }
  const anyFailed = done.some(({ summary }) => summary.failed.length > 0);
  if (anyFailed) progress(`the evidence of every swap stays in ${folder}`);
  else if (evidenceFolder === undefined) await rm(folder, { recursive: true, force: true });
  return report();
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
