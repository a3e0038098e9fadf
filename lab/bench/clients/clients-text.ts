import { STORE_NAMES } from "../../../settings/services";
import type { JudgedAim } from "../aims";
import type { RunHead } from "../report";
import { paceLine } from "../machine-pace";
import { STORE_TITLES } from "../swap-line";
import { aimLine, counted, headerRow, timeRow } from "../table-rows";
import { loadName } from "./client-loads";
import type { ClientsFigures, ClientsSummary } from "./clients-summary";
import { restText, type RestCost } from "./rest-cost";
import { errorsOf, type ClientsTurn } from "./turn-record";

/** The JSON document of the series `clients`. Times are milliseconds, percentiles nearest-rank. */
export interface ClientsReport extends RunHead {
  readonly name: "clients";
  readonly environmentFile: string;
  readonly loadAverageBefore: number;
  /** What the doors cost while nothing happens; empty when it was not measured. */
  readonly rest: readonly RestCost[];
  readonly summary: ClientsSummary;
  readonly aims: readonly JudgedAim[];
  readonly switchovers: readonly ClientsTurn[];
}

/** One switchover in one line. */
export function turnLine({ load, stores, notMeasured, swap }: ClientsTurn): string {
  const parts = [
    swap.fromHost === null || swap.toHost === null ? "no evidence" : `${swap.fromHost} -> ${swap.toHost}`,
    loadName(load),
    ...STORE_NAMES.flatMap((store) => {
      const one = stores?.[store];
      if (one === undefined) return [];
      const longest = one.windowMs === null ? "unknown" : `${one.windowMs.max.toFixed(1)} ms`;
      return [
        `${STORE_TITLES[store]} ${errorsOf(one)} of ${one.sent} failed, longest ${longest}, lost ${one.events.lost ?? "unknown"}`,
      ];
    }),
    ...[notMeasured, swap.failure].flatMap((why) => (why === null ? [] : [`FAILED: ${why}`])),
  ];
  return parts.join("  ");
}

function figureLines(title: string, figures: ClientsFigures): readonly string[] {
  const { sent, failed, errors, resent, acknowledged, lost, duplicated } = figures;
  return [
    `  ${title}: ${counted(sent, "sent")}, ${counted(failed, "without an answer")}, ${counted(resent, "sent again by the driver")}`,
    ...Object.entries(errors).map(([kind, times]) => `    ${times} times ${kind}`),
    `    in the database: ${counted(acknowledged, "acknowledged")}, ${counted(lost, "lost")}, ${counted(duplicated, "duplicated")}`,
    timeRow("in a switchover, p50", figures.windowP50),
    timeRow("in a switchover, p99", figures.windowP99),
    timeRow("in a switchover, longest", figures.windowMax),
    timeRow("longest since it was due", figures.windowDueMax),
    timeRow("before and after, p50", figures.outsideP50),
  ];
}

/** A summary's lines; what `soak` says as well. */
export function summaryLines({
  asked,
  turns,
  rates,
  pacesMs,
  failed,
  stores,
  byLoad,
}: ClientsSummary): readonly string[] {
  return [
    `  ${asked} switchovers asked, ${turns} run, ${failed.length} failed; pgbench with at most ${rates.join(", ")} transactions/s over both doors`,
    ...[paceLine(pacesMs)].filter((line) => line !== undefined),
    ...failed.map((one) => `  FAILED ${one.drillId}: ${one.failure}`),
    headerRow("one value a switchover"),
    ...STORE_NAMES.flatMap((store) => figureLines(STORE_TITLES[store], stores[store])),
    ...Object.entries(byLoad).flatMap(([name, figures]) => [
      `  PostgreSQL, ${name}: ${counted(figures.sent, "sent")}, ${counted(figures.failed, "without an answer")}`,
      timeRow("in a switchover, longest", figures.windowMax),
    ]),
  ];
}

/** The series for a person. */
export function clientsText({
  environmentFile,
  loadAverageBefore,
  machine,
  rest,
  summary,
  aims,
}: ClientsReport): string {
  const busy = loadAverageBefore > machine.cores ? ", more than there are cores: the machine was busy" : "";
  const lines = [
    `SERIES clients, ${environmentFile}, ${machine.cores} cores that both hosts and the clients share`,
    `  load average before it: ${loadAverageBefore}${busy}`,
    ...restText(rest),
    ...summaryLines(summary),
    ...aims.map(aimLine),
  ];
  return `${lines.join("\n")}\n`;
}
