import { existsSync, readFileSync } from "node:fs";
import { REPORT_FOLDER } from "./stages";

/** The most tests that are named at a run's end: of a run whose output is kept in part, its last lines are what is left. */
const MOST_NAMED = 12;

/** Where a stage's failed tests stand, a line each, beside its report. */
export function failuresOf(report: string): string {
  return `${report.replace(/\.json$/, "")}.failed.txt`;
}

/** The failed tests of these stages, a line each with the begin of its reason; a stage that names none by its name alone. */
export function failedLines(stages: readonly string[]): readonly string[] {
  const lines = stages.flatMap((name) => {
    const file = failuresOf(`${REPORT_FOLDER}/${name}.json`);
    const named = existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
    return named.length > 0 ? named : [`stage ${name}`];
  });
  const more = lines.length - MOST_NAMED;
  return [...lines.slice(0, MOST_NAMED), ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `FAILED ${line}`);
}
