import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { bench } from "../lab/bench/bench";
import { benchTable } from "../lab/bench/bench-table";
import type { BenchReport, SeriesName } from "../lab/bench/report";
import { labUp } from "../lab/up";
import { loadEnvironment } from "../settings/load-environment";

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
const DEFAULT_OUTPUT = "docs/results/swap_bench.json";
const MOST_SWAPS = 1000;

interface BenchOptions {
  readonly count: number;
  readonly series: SeriesName | "both";
  readonly outputFile: string;
  readonly evidenceFolder?: string;
}

function swapCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count < 1 || count > MOST_SWAPS) {
    throw new InvalidArgumentError(
      `a number of swaps from 1 to ${MOST_SWAPS} is wanted; an even one ends where it began.`,
    );
  }
  return count;
}

function save(file: string, report: BenchReport): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${file}.tmp`, file);
}

/** Signals closer together than this, in milliseconds, are one: a group's leader and the group are often signalled in turn. */
const ONE_SIGNAL_MS = 1000;

/** Told to end, a benchmark finishes the swap under way: a killed engine run leaves its stack locked. Told again, it ends at once. */
function stopSignal(progress: (line: string) => void): AbortSignal {
  const controller = new AbortController();
  let firstAt = -Infinity;
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (!controller.signal.aborted) {
        firstAt = performance.now();
        progress(`${name}: ends after the swap under way; once more ends it now`);
        controller.abort();
      } else if (performance.now() - firstAt > ONE_SIGNAL_MS) {
        progress("ended in the middle of a swap; next: pulumi cancel, then understudy status");
        process.exit(1);
      }
    });
  }
  return controller.signal;
}

/** `understudy lab bench`: the lab and both stacks up, then alternating swaps. Exits 1 unless every series met every aim. */
export function labBenchCommand(): Command {
  return new Command("bench")
    .description("swap the roles to and fro on the lab and measure what clients see; exit 0 when every aim was met")
    .addOption(new Option("--count <n>", "swaps of each series").argParser(swapCount).default(20))
    .addOption(
      new Option(
        "--series <which>",
        "under the probe only, with pgbench and redis-benchmark beside it, or both in turn",
      )
        .choices(["probe", "load", "both"])
        .default("both"),
    )
    .option("--output-file <file>", "JSON with every swap", DEFAULT_OUTPUT)
    .option("--evidence-folder <folder>", "keep the evidence of every swap there")
    .addHelpText("before", "Example:\n  understudy lab bench --count 4 --series probe\n")
    .action(async ({ count, series, outputFile, evidenceFolder }: BenchOptions) => {
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      await labUp(progress);
      const stop = stopSignal(progress);
      const wanted: readonly SeriesName[] = series === "both" ? ["probe", "load"] : [series];
      const report = await bench(
        loadEnvironment(LAB_ENVIRONMENT),
        { count, series: wanted, evidenceFolder, stop },
        progress,
        (soFar) => save(outputFile, soFar),
      );
      process.stdout.write(`${benchTable(report)}every swap: ${outputFile}\n`);
      const met = report.series.filter(({ aims }) => aims.every((aim) => aim.verdict === "met"));
      if (met.length < wanted.length) process.exitCode = 1;
    });
}
