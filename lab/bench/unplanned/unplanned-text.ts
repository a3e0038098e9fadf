import type { JudgedAim } from "../aims";
import { milliseconds, STORE_TITLES } from "../swap-line";
import { aimLine, counted, headerRow, timeRow } from "../table-rows";
import type { GoneKind, UnplannedRecord } from "./unplanned-record";
import type { UnplannedSummary } from "./unplanned-summary";
import { STORE_NAMES } from "../../../settings/services";
import { STEP_NAMES } from "../../../settings/steps";

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

/** One unplanned failover in one line. */
export function unplannedLine({ fromHost, toHost, recoveryMs, lost, failure }: UnplannedRecord): string {
  const parts = [
    fromHost === null || toHost === null ? "no evidence" : `${fromHost} -> ${toHost}`,
    ...STORE_NAMES.map(
      (store) => `${STORE_TITLES[store]} ${milliseconds(recoveryMs[store])}, lost ${lost[store] ?? "unknown"}`,
    ),
    ...(failure === null ? [] : [`FAILED: ${failure}`]),
  ];
  return parts.join("  ");
}

const GONE_SENTENCES: Readonly<Record<GoneKind, string>> = {
  answers: "both stores are dead, their host's engine and ports answer at once",
  silent: "the host has lost its power, nothing answers",
};

/** A series of unplanned failovers for a person. */
export function unplannedText(series: UnplannedSeries, cores: number): readonly string[] {
  const { gone, loadAverageBefore, goneAfterMs, summary, aims } = series;
  const { asked, run, succeeded, failed, recoveryMs, outageMs, lost, stepMs } = summary;
  return [
    `SERIES unplanned, ${gone}: ${asked} failovers asked, ${run} run, ${succeeded} succeeded, ${failed.length} failed; ${GONE_SENTENCES[gone]}`,
    `  load average before it: ${loadAverageBefore}${loadAverageBefore > cores ? ", more than there are cores: the machine was busy" : ""}`,
    ...(gone === "silent"
      ? [`  silence counts as gone after ${milliseconds(goneAfterMs)}, which is in these times`]
      : []),
    ...failed.map((one) => `  FAILED ${one.drillId}: ${one.failure}`),
    headerRow("first step to first event"),
    ...STORE_NAMES.map((store) => timeRow(STORE_TITLES[store], recoveryMs[store])),
    headerRow("outage as clients saw it"),
    ...STORE_NAMES.map((store) => timeRow(STORE_TITLES[store], outageMs[store])),
    headerRow("steps"),
    ...STEP_NAMES.map((step) => timeRow(step, stepMs[step])),
    ...STORE_NAMES.map((store) => {
      const { total, spread } = lost[store];
      return `  ${STORE_TITLES[store]} events: ${counted(total, "lost")}; a failover p50 ${spread.p50 ?? "unknown"}, p95 ${spread.p95 ?? "unknown"}, max ${spread.max ?? "unknown"}`;
    }),
    ...aims.map(aimLine),
  ];
}
