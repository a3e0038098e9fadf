import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { STEP_NAMES } from "../../../settings/steps";
import { judged, type JudgedAim } from "../aims";
import { CHANCE, LEAST } from "../compare/compare-labs";
import { rankSum, type RankSum } from "../compare/rank-sum";
import { distributionOf, keyed, type Distribution } from "../distribution";
import type { RunHead } from "../report";
import { STORE_TITLES } from "../swap-line";
import type { SwapRecord } from "../swap-record";
import { aimLine, headerRow, timeRow } from "../table-rows";
import { stepName, type SizeStep } from "./size-plan";

/** Switchovers at one size of one store. */
export interface SizeRun extends SizeStep {
  /** Why it was left out; null when it was run. */
  readonly skipped: string | null;
  /** What the store had in the end: bytes of the pair's database, keys of Redis; null where it was not read. */
  readonly reached: number | null;
  readonly swaps: readonly SwapRecord[];
}

/** Figures at one size. Times are milliseconds. */
export interface SizeFigures {
  readonly outageMs: Readonly<Record<StoreName, Distribution>>;
  /** All steps of the drill together. */
  readonly drillMs: Distribution;
}

/** The JSON document of the series `size`. */
export interface SizeReport extends RunHead {
  readonly name: "size";
  readonly environmentFile: string;
  readonly loadAverageBefore: number;
  /** Switchovers asked at each size. */
  readonly asked: number;
  readonly figures: readonly (SizeStep & SizeFigures)[];
  /** The outage of each store at its largest size against its smallest; null with too few, or with one size. */
  readonly flat: Readonly<Record<StoreName, RankSum | null>>;
  readonly aims: readonly JudgedAim[];
  readonly runs: readonly SizeRun[];
}

function drillMsOf({ stepMs }: SwapRecord): number | null {
  return STEP_NAMES.reduce<number | null>((sum, step) => {
    const one = stepMs[step];
    return sum === null || one === null ? null : sum + one;
  }, 0);
}

/** Sums one size up. */
export function figuresAt(swaps: readonly SwapRecord[]): SizeFigures {
  return {
    outageMs: keyed(STORE_NAMES, (store) => distributionOf(swaps.map(({ outageMs }) => outageMs[store]))),
    drillMs: distributionOf(swaps.map(drillMsOf)),
  };
}

/** Whether a store's outage grows with its size: the largest against the smallest that were run. */
export function flatness(runs: readonly SizeRun[], store: StoreName): RankSum | null {
  const ran = runs
    .filter((one) => one.store === store && one.skipped === null)
    .sort((left, right) => left.size - right.size);
  const outages = (run: SizeRun | undefined): readonly number[] =>
    (run?.swaps ?? []).map(({ outageMs }) => outageMs[store]).filter((one) => one !== null);
  const [smallest, largest] = [outages(ran[0]), outages(ran.at(-1))];
  return ran.length < 2 || smallest.length < LEAST || largest.length < LEAST ? null : rankSum(largest, smallest);
}

/** Puts the report together. Pure. */
export function sizeReport(
  head: RunHead,
  { environmentFile, loadAverageBefore, asked }: Pick<SizeReport, "environmentFile" | "loadAverageBefore" | "asked">,
  runs: readonly SizeRun[],
): SizeReport {
  const flat = keyed(STORE_NAMES, (store) => flatness(runs, store));
  const tests = STORE_NAMES.map((store) => flat[store]);
  const unknown = tests.filter((one) => one === null).length;
  const ran = runs.filter(({ skipped }) => skipped === null);
  const succeeded = ran.flatMap(({ swaps }) => swaps).filter(({ failure }) => failure === null).length;
  const lost = ran.flatMap(({ swaps }) =>
    swaps.flatMap(({ events }) => STORE_NAMES.map((store) => events[store].lost)),
  );
  return {
    ...head,
    ...{ name: "size", environmentFile, loadAverageBefore, asked, flat },
    figures: ran.map(({ store, size, swaps }) => ({ store, size, ...figuresAt(swaps) })),
    aims: [
      judged("stores whose outage is measurably longer at their largest size", "count", 0, {
        measured: unknown === tests.length ? null : tests.filter((one) => one !== null && one.pLarger < CHANCE).length,
        unknown,
      }),
      judged("acknowledged events lost", "count", 0, {
        measured: lost.reduce<number>((sum, one) => sum + (one ?? 0), 0),
        unknown: lost.filter((one) => one === null).length,
      }),
      judged("switchovers that failed or were not run, at sizes there is room for", "count", 0, {
        ...{ measured: asked * ran.length - succeeded, unknown: 0 },
      }),
    ],
    runs,
  };
}

function reachedWords({ store, reached }: SizeRun): string {
  if (reached === null) return "";
  return store === "redis" ? `, ${reached} keys in all` : `, the database has ${(reached / 1024 ** 3).toFixed(2)} GiB`;
}

/** The series for a person. */
export function sizeText(report: SizeReport): string {
  const { environmentFile, loadAverageBefore, asked, flat, aims, runs, machine } = report;
  const busy = loadAverageBefore > machine.cores ? ", more than there are cores: the machine was busy" : "";
  const lines = [
    `SERIES size, ${environmentFile}: ${asked} switchovers at each size`,
    `  load average before it: ${loadAverageBefore}${busy}`,
    ...runs.flatMap((run) => {
      if (run.skipped !== null) return [`  ${stepName(run)}: left out, ${run.skipped}`];
      const { outageMs, drillMs } = figuresAt(run.swaps);
      return [
        headerRow(stepName(run)),
        `    ${run.swaps.length} switchovers${reachedWords(run)}`,
        ...STORE_NAMES.map((store) => timeRow(`outage, ${STORE_TITLES[store]}`, outageMs[store])),
        timeRow("the drill's steps together", drillMs),
        ...run.swaps.flatMap(({ drillId, failure }) => (failure === null ? [] : [`    FAILED ${drillId}: ${failure}`])),
      ];
    }),
    ...STORE_NAMES.map((store) => {
      const test = flat[store];
      return test === null
        ? `  ${STORE_TITLES[store]}: too few switchovers or sizes to tell whether its outage grows`
        : `  ${STORE_TITLES[store]}, largest against smallest: longer in ${test.share.toFixed(2)} of all pairs (rank sum, p ${test.pLarger.toFixed(3)} one-sided)`;
    }),
    ...aims.map(aimLine),
  ];
  return `${lines.join("\n")}\n`;
}
