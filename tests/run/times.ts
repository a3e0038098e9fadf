import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { REPORT_FOLDER, type Stage } from "./stages";

/** How many files of a stage are named: those that took longest. */
const MOST_NAMED = 10;

/** Where the seconds that each file of a stage took stand, beside its report. */
export function timesOf(report: string): string {
  return `${report.replace(/\.json$/, "")}.times.json`;
}

interface Took {
  readonly name: string;
  readonly seconds: number;
}

/** The longest first, in one line. */
function line(head: string, all: readonly Took[], most = all.length): string {
  const sorted = all.toSorted((one, other) => other.seconds - one.seconds).slice(0, most);
  return `== time: ${head}: ${sorted.map(({ name, seconds }) => `${name} ${Math.round(seconds)} s`).join(", ")}`;
}

/**
 * Where the time of a run went: a line for its stages, and one for the files of each stage that ran alone.
 * @param folder where the stages' reports stand
 */
export function timeLines(
  done: readonly Took[],
  stages: readonly Pick<Stage, "name" | "alone">[],
  folder = REPORT_FOLDER,
): readonly string[] {
  const files = stages
    .filter(({ alone }) => alone === true)
    .flatMap(({ name }): readonly string[] => {
      const file = timesOf(`${folder}/${name}.json`);
      if (!existsSync(file)) return [];
      const seconds = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
      const took = Object.entries(seconds).map(([of, one]) => ({ name: path.basename(of, ".test.ts"), seconds: one }));
      return [line(name, took, MOST_NAMED)];
    });
  return [line("stages", done), ...files];
}
