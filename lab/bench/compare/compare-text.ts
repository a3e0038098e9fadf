import { STORE_NAMES, type StoreName } from "../../../settings/services";
import type { JudgedAim } from "../aims";
import type { RunHead } from "../report";
import { STORE_TITLES } from "../swap-line";
import { aimLine, headerRow, timeRow } from "../table-rows";
import { CHANCE, LEAST, type ComparedTurn, type LabComparison } from "./compare-labs";
import { idleText, missingText, type IdleContainer } from "./idle-cost";

/** The JSON document of a series that compares two labs. Times are milliseconds, percentiles nearest-rank. */
export interface CompareReport extends RunHead {
  readonly name: "tls" | "agents";
  /** What was measured, and what it was compared with. */
  readonly environmentFile: string;
  readonly againstFile: string;
  readonly loadAverageBefore: number;
  /** Switchovers asked of each kind, and how many of one kind came in a row. */
  readonly asked: number;
  readonly block: number;
  readonly stores: Readonly<Record<StoreName, LabComparison>>;
  /** What agent, exporters, Collector and doors cost an idle host; null where that was not asked for. */
  readonly idle: readonly IdleContainer[] | null;
  readonly aims: readonly JudgedAim[];
  readonly switchovers: readonly ComparedTurn[];
}

const NAMES = {
  tls: { measured: "encrypted", against: "plain" },
  agents: { measured: "with what watches", against: "without" },
} as const;

function testLine({ test }: LabComparison): string {
  if (test === null) return `    fewer than ${LEAST} of one kind: nothing can be said`;
  const { share, pLarger, pDifferent, exact } = test;
  const words = pLarger < CHANCE ? "longer, and not by chance" : "no longer than chance explains";
  return `    longer in ${share.toFixed(2)} of all pairs: ${words} (rank sum, ${exact ? "exact" : "normal"}, p ${pLarger.toFixed(3)} one-sided, ${pDifferent.toFixed(3)} two-sided)`;
}

/** The series for a person. */
export function compareText(report: CompareReport): string {
  const { name, environmentFile, againstFile, loadAverageBefore, asked, block, machine } = report;
  const busy = loadAverageBefore > machine.cores ? ", more than there are cores: the machine was busy" : "";
  const titles = NAMES[name];
  const run = (measured: boolean): number => report.switchovers.filter((one) => one.measured === measured).length;
  const lines = [
    `SERIES ${name}: ${environmentFile} against ${againstFile}, ${asked} switchovers each asked, ${run(true)} and ${run(false)} run, in blocks of ${block}`,
    `  load average before it: ${loadAverageBefore}${busy}`,
    ...report.switchovers.flatMap(({ drillId, failure }) =>
      failure === null ? [] : [`  FAILED ${drillId}: ${failure}`],
    ),
    headerRow("outage as clients saw it"),
    ...STORE_NAMES.flatMap((store) => {
      const one = report.stores[store];
      return [
        `  ${STORE_TITLES[store]}`,
        timeRow(titles.measured, one.measuredMs),
        timeRow(titles.against, one.againstMs),
        testLine(one),
      ];
    }),
    ...(report.idle === null ? [] : idleText(report.idle)),
    ...(report.idle === null ? [] : missingText(report.idle)),
    ...report.aims.map(aimLine),
  ];
  return `${lines.join("\n")}\n`;
}
