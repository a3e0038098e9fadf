import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { bench } from "../../lab/bench/bench";
import { benchTable } from "../../lab/bench/bench-table";
import type { BenchReport, SeriesName } from "../../lab/bench/report";
import { GONE_KINDS } from "../../lab/bench/unplanned/unplanned-record";
import { labUp } from "../../lab/host/up";
import { loadEnvironment } from "../../settings/load-environment";
import { stopSignal } from "../stop-signal";
import { outputOption, structured, type TextOrJson } from "../structured-output";
import { benchField, refuseImpossible, type FieldOutcome } from "./bench-field";
import {
  FIELD_SERIES,
  fieldOptions,
  isField,
  refuseUnused,
  SWAP_SERIES,
  type FieldOptions,
  type FieldSeries,
  type SwapSeries,
} from "./bench-options";

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
const DEFAULT_OUTPUT = "docs/results/swap_bench.json";
const DEFAULT_COUNT = 20;
const MOST_SWAPS = 1000;

const LARGEST_JOURNAL_MIB = 65_536;

/** The planned series behind a choice. */
const PLANNED: Readonly<Record<SwapSeries, readonly SeriesName[]>> = {
  probe: ["probe"],
  load: ["load"],
  both: ["probe", "load"],
  unplanned: [],
  backups: [],
  all: ["probe", "load"],
};

interface BenchOptions extends FieldOptions {
  readonly count?: number;
  readonly series: SwapSeries | FieldSeries;
  readonly unplannedCount: number;
  readonly backupsCount: number;
  readonly journalMib: number;
  readonly outputFile?: string;
  readonly evidenceFolder?: string;
  readonly output: TextOrJson;
}

function swapCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_SWAPS) {
    throw new InvalidArgumentError(`a number from 1 to ${MOST_SWAPS} is wanted; an even one ends where it began.`);
  }
  return count;
}

function journalSize(text: string): number {
  const mib = Number(text);
  if (/^\d+$/.test(text) && mib >= 1 && mib <= LARGEST_JOURNAL_MIB) return mib;
  throw new InvalidArgumentError(`a whole number of MiB from 1 to ${LARGEST_JOURNAL_MIB} is wanted.`);
}

function save(file: string, report: object): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}

const EXAMPLES = `
Examples:
  understudy lab bench --count 4 --series probe
  understudy lab bench --series clients                    # what clients at the doors see
  understudy lab bench --series tls --count 12 --block 4   # encrypted against plain, in one run
  understudy lab bench --series soak --resume              # go on where a stopped run was
`;

/** `understudy lab bench`: the lab and both stacks up, then alternating swaps. Exits 1 unless every series met every aim. */
export function labBenchCommand(): Command {
  const command = new Command("bench")
    .description("exchange the roles to and fro on the lab and measure what clients see; exit 0 when every aim was met")
    .addOption(
      new Option(
        "--count <n>",
        `switchovers of each series, or of each kind or size in it (default: ${DEFAULT_COUNT}; tls, agents 12; size 6; soak 300)`,
      ).argParser(swapCount),
    )
    .addOption(
      new Option(
        "--series <which>",
        "switchovers under the probe only, with pgbench and redis-benchmark beside it, or both; failovers; backups; or all of these in turn. With a report of their own: clients at the doors; size of the data; soak; tls against plain; agent, exporters and Collector against none",
      )
        .choices([...SWAP_SERIES, ...FIELD_SERIES])
        .default("all"),
    )
    .addOption(
      new Option("--unplanned-count <n>", "failovers of each kind: a host that answers, a silent one")
        .argParser(swapCount)
        .default(10),
    )
    .addOption(
      new Option("--backups-count <n>", "switchovers with backups, and as many without")
        .argParser(swapCount)
        .default(10),
    )
    .addOption(
      new Option("--journal-mib <n>", "size of the journal while backups and restores are timed, MiB")
        .argParser(journalSize)
        .default(1024),
    );
  for (const option of fieldOptions()) command.addOption(option);
  return command
    .option(
      "--output-file <file>",
      `JSON with every switchover (default: ${DEFAULT_OUTPUT}; a series with a report of its own: SERIES_bench.json there)`,
    )
    .option("--evidence-folder <folder>", "keep the evidence of every switchover there")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLES.trimStart())
    .action(async (options: BenchOptions) => {
      const { series, output, count, outputFile, evidenceFolder } = options;
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      refuseUnused(series, options);
      if (isField(series)) refuseImpossible(series, options);
      await labUp(progress);
      const stop = stopSignal(progress, "switchover");
      const { report, text, file, met } = isField(series)
        ? await benchField({ ...options, series, count, outputFile, evidenceFolder, stop }, progress, save)
        : await benchSwaps(series, options, stop, progress);
      process.stdout.write(output === "json" ? structured(output, report) : `${text}every switchover: ${file}\n`);
      if (!met) process.exitCode = 1;
    });
}

/** The series of the report of switchovers. */
async function benchSwaps(
  series: SwapSeries,
  options: BenchOptions,
  stop: AbortSignal,
  progress: (line: string) => void,
): Promise<FieldOutcome> {
  const { count = DEFAULT_COUNT, outputFile: file = DEFAULT_OUTPUT, evidenceFolder } = options;
  const planned = PLANNED[series];
  const asked = (one: SwapSeries): boolean => series === one || series === "all";
  const unplannedCount = asked("unplanned") ? options.unplannedCount : 0;
  const backups = asked("backups") ? { journalMib: options.journalMib, swaps: options.backupsCount } : null;
  const report: BenchReport = await bench(
    loadEnvironment(LAB_ENVIRONMENT),
    { count, series: planned, unplannedCount, backups, evidenceFolder, stop },
    progress,
    (soFar) => save(file, soFar),
  );
  const all = [...report.series, ...report.unplanned, ...(report.backups === null ? [] : [report.backups])];
  const met = all.filter(({ aims }) => aims.every((aim) => aim.verdict === "met"));
  const wanted = planned.length + (unplannedCount > 0 ? GONE_KINDS.length : 0) + (backups === null ? 0 : 1);
  return { report, text: benchTable(report), file, met: met.length >= wanted };
}
