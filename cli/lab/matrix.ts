import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Command } from "commander";
import { UserError } from "../../settings/user-error";
import { runMatrix } from "../../lab/matrix/matrix";
import type { CellRecord, MatrixReport } from "../../lab/matrix/record";
import { renderMatrix } from "../../lab/matrix/render";
import { CELLS, SUBSET } from "../../lab/matrix/table";
import type { Cell } from "../../lab/matrix/cell";
import { labUp } from "../../lab/host/up";
import { loadEnvironment } from "../../settings/load-environment";
import { stopSignal } from "../stop-signal";
import { outputOption, structured, type TextOrJson } from "../structured-output";

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
const DEFAULT_OUTPUT = "docs/results/fault_matrix.json";

interface MatrixFlags {
  readonly cells?: readonly string[];
  readonly subset: boolean;
  readonly list: boolean;
  readonly outputFile: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy lab matrix                                        # every cell; about 5 h on two cores
  understudy lab matrix --cells planned/run-killed unplanned   # those whose names have one of these words
  understudy lab matrix --cells doors+                         # those with clients at doors; brings these up, and back
  understudy lab matrix --list                                 # every cell and what is expected of it; runs nothing
`;

function chosen({ cells: words, subset }: MatrixFlags): readonly Cell[] {
  const inSubset = subset ? CELLS.filter(({ id }) => SUBSET.includes(id)) : CELLS;
  const found = words === undefined ? inSubset : inSubset.filter(({ id }) => words.some((word) => id.includes(word)));
  if (found.length > 0) return found;
  throw new UserError(`no cell's name has ${words?.join(" or ") ?? ""}`, "understudy lab matrix --list", 2);
}

/** Cells that an earlier run has left in the file: running a few anew keeps the others. */
function earlierCells(file: string): readonly CellRecord[] {
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as MatrixReport).cells;
}

function write(file: string, text: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(`${file}.tmp`, text);
  renameSync(`${file}.tmp`, file);
}

/** `understudy lab matrix`: faults × moments × planned and unplanned. Exits 1 unless every cell came as written down. */
export function labMatrixCommand(): Command {
  return new Command("matrix")
    .description("strike every fault at every moment of a drill on the lab, and compare each outcome with the table")
    .option("--cells <words...>", "only cells whose names have one of these words; others stay in the file as they are")
    .option("--subset", "only the few that stand for all", false)
    .option("--list", "print the cells and what is expected of them; run nothing", false)
    .option(
      "--output-file <file>",
      "JSON with every cell; a table for people is written beside it, as .md",
      DEFAULT_OUTPUT,
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: MatrixFlags) => {
      const cells = chosen(flags);
      if (flags.list) {
        process.stdout.write(
          flags.output === "json" ? structured(flags.output, cells) : cells.map(expectation).join(""),
        );
        return;
      }
      const progress = (line: string): void => void process.stderr.write(`${line}\n`);
      await labUp(progress);
      const stop = stopSignal(progress, "cell");
      const plan = { cells, earlier: earlierCells(flags.outputFile), stop };
      const done = await runMatrix(loadEnvironment(LAB_ENVIRONMENT), plan, CELLS, progress, (report) => {
        write(flags.outputFile, `${JSON.stringify(report, null, 2)}\n`);
        write(flags.outputFile.replace(/(\.json)?$/, ".md"), renderMatrix(report));
      });
      const wrong = done.filter((one) => one.deviations.length > 0);
      const said = flags.output === "json" ? structured(flags.output, done) : matrixText(done, cells, flags.outputFile);
      process.stdout.write(said);
      if (wrong.length > 0 || done.length < cells.length) process.exitCode = 1;
    });
}

function matrixText(done: readonly CellRecord[], cells: readonly Cell[], file: string): string {
  const wrong = done.filter((one) => one.deviations.length > 0);
  return [
    ...wrong.map(({ id, deviations }) => `DEVIATES ${id}: ${deviations.join("; ")}`),
    `${done.length - wrong.length} of ${cells.length} cells as expected, ${wrong.length} not, ${cells.length - done.length} not run: ${file}`,
    "",
  ].join("\n");
}

function expectation({ id, expected: { outcome, evidence, lostAtMost } }: Cell): string {
  return `${id}: ${outcome.join(" or ")}, evidence ${evidence.join(" or ")}, lost at most ${lostAtMost}\n`;
}
