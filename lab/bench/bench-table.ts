import { backupsText } from "./backups/backups-text";
import { CUT_SPANS } from "./cut-spans";
import type { BenchReport, Series } from "./report";
import { STORE_TITLES } from "./swap-line";
import { aimLine, counted, headerRow, timeRow } from "./table-rows";
import { unplannedText } from "./unplanned/unplanned-text";
import { STORE_NAMES } from "../../settings/services";
import { STEP_NAMES } from "../../settings/steps";

/** Rate of pgbench (TPC-B-like, 4 clients), transactions a second. */
export const PGBENCH_RATE = 200;

const SERIES_TITLES = {
  probe: "under the probe's load only",
  load: `with pgbench (at most ${PGBENCH_RATE} transactions/s) and redis-benchmark (at most 1000 requests/s) beside the probe`,
} as const;

function seriesText({ name, load, loadAverageBefore, summary, aims }: Series, cores: number): readonly string[] {
  const { asked, swaps, succeeded, failed, outageMs, gapsElsewhere, events, rewinds, fullSyncs, stepMs, cutMs } =
    summary;
  const done =
    load === null
      ? []
      : [
          `  beside it: ${load.pgbenchTransactions} transactions and ${load.redisBenchmarkRequests} requests in ${load.seconds} s`,
        ];
  return [
    `SERIES ${name}: ${asked} switchovers asked, ${swaps} run, ${succeeded} succeeded, ${failed.length} failed; ${SERIES_TITLES[name]}`,
    ...done,
    `  load average before it: ${loadAverageBefore}${loadAverageBefore > cores ? ", more than there are cores: the machine was busy" : ""}`,
    ...failed.map((one) => `  FAILED ${one.drillId}: ${one.failure}`),
    headerRow("outage as clients saw it"),
    ...STORE_NAMES.map((store) => timeRow(STORE_TITLES[store], outageMs[store])),
    ...STORE_NAMES.flatMap((store) =>
      gapsElsewhere[store].sum === 0
        ? []
        : [
            `  ${STORE_TITLES[store]}: in ${gapsElsewhere[store].sum} of them the longest wait was not around the promotion`,
          ],
    ),
    headerRow("inside the cutover window"),
    ...CUT_SPANS.flatMap(({ name: span }) => (cutMs[span] === undefined ? [] : [timeRow(span, cutMs[span])])),
    headerRow("steps"),
    ...STEP_NAMES.map((step) => timeRow(step, stepMs[step])),
    ...STORE_NAMES.map((store) => {
      const { acknowledged, lost, duplicated, phantom } = events[store];
      return `  ${STORE_TITLES[store]} events: ${counted(acknowledged, "acknowledged")}, ${counted(lost, "lost")}, ${counted(duplicated, "duplicated")}, ${counted(phantom, "phantom")}`;
    }),
    `  ${counted(rewinds, "rewinds")}, ${counted(fullSyncs, "full syncs")}`,
    ...aims.map(aimLine),
  ];
}

/** The benchmark for a person: machine, then each series with its distributions, totals and aims. */
export function benchTable({ machine, standIns, series, unplanned, backups }: BenchReport): string {
  const { cores, processor, memoryMib, kernel, node } = machine;
  const lines = [
    `machine: ${cores} cores (${processor}), ${memoryMib} MiB, ${kernel}, Node ${node}; both hosts and the clients share it`,
    ...standIns.map((one) => `stand-in: ${one}`),
    ...series.flatMap((one) => ["", ...seriesText(one, cores)]),
    ...unplanned.flatMap((one) => ["", ...unplannedText(one, cores)]),
    ...(backups === null ? [] : ["", ...backupsText(backups, cores)]),
    "",
    "percentiles are nearest-rank: of fewer than 20 runs the p95 is the slowest one",
  ];
  return `${lines.join("\n")}\n`;
}
