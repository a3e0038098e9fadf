import { STORE_NAMES } from "../../settings/services";
import { STEP_NAMES } from "../../settings/steps";
import { CUT_SPANS } from "./cut-spans";
import type { Distribution, Total } from "./distribution";
import { PGBENCH_RATE } from "./load-rate";
import type { BenchReport, Series } from "./report";
import { milliseconds, STORE_TITLES } from "./swap-line";

const WIDTHS = [30, 9, 9, 11, 11, 11] as const;

function row(first: string, ...cells: readonly string[]): string {
  return `  ${[first, ...cells].map((cell, at) => (at === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[at] ?? 0))).join("")}`;
}

function timeRow(name: string, { measured, unknown, p50, p95, max }: Distribution): string {
  return row(name, String(measured), String(unknown), ...[p50, p95, max].map(milliseconds));
}

function counted({ sum, unknown }: Total, what: string): string {
  return `${sum} ${what}${unknown === 0 ? "" : ` (unknown for ${unknown})`}`;
}

const SERIES_TITLES = {
  probe: "under the probe's load only",
  load: `with pgbench (at most ${PGBENCH_RATE} transactions/s) and redis-benchmark (at most 1000 requests/s) beside the probe`,
} as const;

function seriesText({ name, load, loadAverageBefore, summary, aims }: Series, cores: number): readonly string[] {
  const { asked, swaps, succeeded, failed, outageMs, gapsElsewhere, events, rewinds, fullSyncs, stepMs, cutMs } =
    summary;
  const header = (what: string): string => row(what, "measured", "unknown", "p50", "p95", "max");
  const done =
    load === null
      ? []
      : [
          `  beside it: ${load.pgbenchTransactions} transactions and ${load.redisBenchmarkRequests} requests in ${load.seconds} s`,
        ];
  return [
    `SERIES ${name}: ${asked} planned swaps asked, ${swaps} run, ${succeeded} succeeded, ${failed.length} failed; ${SERIES_TITLES[name]}`,
    ...done,
    `  load average before it: ${loadAverageBefore}${loadAverageBefore > cores ? ", more than there are cores: the machine was busy" : ""}`,
    ...failed.map((one) => `  FAILED ${one.drillId}: ${one.failure}`),
    header("outage as clients saw it"),
    ...STORE_NAMES.map((store) => timeRow(STORE_TITLES[store], outageMs[store])),
    ...STORE_NAMES.flatMap((store) =>
      gapsElsewhere[store].sum === 0
        ? []
        : [
            `  ${STORE_TITLES[store]}: in ${gapsElsewhere[store].sum} of them the longest wait was not around the promotion`,
          ],
    ),
    header("inside the cut"),
    ...CUT_SPANS.flatMap(({ name: span }) => (cutMs[span] === undefined ? [] : [timeRow(span, cutMs[span])])),
    header("steps"),
    ...STEP_NAMES.map((step) => timeRow(step, stepMs[step])),
    ...STORE_NAMES.map((store) => {
      const { acknowledged, lost, duplicated, phantom } = events[store];
      return `  ${STORE_TITLES[store]} events: ${counted(acknowledged, "acknowledged")}, ${counted(lost, "lost")}, ${counted(duplicated, "duplicated")}, ${counted(phantom, "phantom")}`;
    }),
    `  ${counted(rewinds, "rewinds")}, ${counted(fullSyncs, "full syncs")}`,
    ...aims.map(({ name: aim, unit, atMost, measured, verdict }) => {
      const value = (one: number | null): string => (unit === "ms" ? milliseconds(one) : String(one ?? "unknown"));
      return `  ${verdict.toUpperCase().padEnd(8)} ${aim}: ${value(measured)}, aim at most ${value(atMost)}`;
    }),
  ];
}

/** The benchmark for a person: machine, then each series with its distributions, totals and aims. */
export function benchTable({ machine, standIns, series }: BenchReport): string {
  const { cores, processor, memoryMib, kernel, node } = machine;
  const lines = [
    `machine: ${cores} cores (${processor}), ${memoryMib} MiB, ${kernel}, Node ${node}; both hosts and the clients share it`,
    ...standIns.map((one) => `stand-in: ${one}`),
    ...series.flatMap((one) => ["", ...seriesText(one, cores)]),
    "",
    "percentiles are nearest-rank: of fewer than 20 swaps the p95 is the slowest one",
  ];
  return `${lines.join("\n")}\n`;
}
