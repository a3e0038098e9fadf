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

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
const DEFAULT_OUTPUT = "docs/results/swap_bench.json";
const MOST_SWAPS = 1000;

const LARGEST_JOURNAL_MIB = 65_536;

const SERIES_CHOICES = ["probe", "load", "both", "unplanned", "backups", "all"] as const;

/** The planned series behind a choice. */
const PLANNED: Readonly<Record<(typeof SERIES_CHOICES)[number], readonly SeriesName[]>> = {
  probe: ["probe"],
  load: ["load"],
  both: ["probe", "load"],
  unplanned: [],
  backups: [],
  all: ["probe", "load"],
};

interface BenchOptions {
  readonly count: number;
  readonly series: (typeof SERIES_CHOICES)[number];
  readonly unplannedCount: number;
  readonly backupsCount: number;
  readonly journalMib: number;
  readonly outputFile: string;
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

function save(file: string, report: BenchReport): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}

/** `understudy lab bench`: the lab and both stacks up, then alternating swaps. Exits 1 unless every series met every aim. */
export function labBenchCommand(): Command {
  return new Command("bench")
    .description("exchange the roles to and fro on the lab and measure what clients see; exit 0 when every aim was met")
    .addOption(new Option("--count <n>", "switchovers of each series").argParser(swapCount).default(20))
    .addOption(
      new Option(
        "--series <which>",
        "switchovers under the probe only, with pgbench and redis-benchmark beside it, or both; failovers; backups; or all in turn",
      )
        .choices(SERIES_CHOICES)
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
    )
    .option("--output-file <file>", "JSON with every switchover", DEFAULT_OUTPUT)
    .option("--evidence-folder <folder>", "keep the evidence of every switchover there")
    .addOption(outputOption())
    .addHelpText("before", "Example:\n  understudy lab bench --count 4 --series probe\n")
    .action(async (options: BenchOptions) => {
      const { count, series, outputFile, evidenceFolder, output } = options;
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      await labUp(progress);
      const stop = stopSignal(progress, "switchover");
      const planned = PLANNED[series];
      const asked = (one: typeof series): boolean => series === one || series === "all";
      const unplannedCount = asked("unplanned") ? options.unplannedCount : 0;
      const backups = asked("backups") ? { journalMib: options.journalMib, swaps: options.backupsCount } : null;
      const report = await bench(
        loadEnvironment(LAB_ENVIRONMENT),
        { count, series: planned, unplannedCount, backups, evidenceFolder, stop },
        progress,
        (soFar) => save(outputFile, soFar),
      );
      process.stdout.write(
        output === "json" ? structured(output, report) : `${benchTable(report)}every switchover: ${outputFile}\n`,
      );
      const all = [...report.series, ...report.unplanned, ...(report.backups === null ? [] : [report.backups])];
      const met = all.filter(({ aims }) => aims.every((aim) => aim.verdict === "met"));
      const wanted = planned.length + (unplannedCount > 0 ? GONE_KINDS.length : 0) + (backups === null ? 0 : 1);
      if (met.length < wanted) process.exitCode = 1;
    });
}
