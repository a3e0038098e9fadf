import { spawn } from "node:child_process";
import type { Stage } from "./stages";

/** How many checks or tests of a stage passed and failed. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/** What came of a stage. */
export interface StageEnd extends Count {
  /** What its command said last, when something failed: of mocha the failures with their reasons; else nothing. */
  readonly complaint: string;
}

/** How many lines of a failed command are said once more. */
const COMPLAINT_LINES = 60;

/** What a failed command said at its end; of mocha's report, from the list of failures on. */
function complaintIn(tail: string): string {
  const failures = /^ {2}\d+ failing$/m.exec(tail);
  const lines = (failures === null ? tail : tail.slice(failures.index)).trimEnd().split("\n");
  return (failures === null ? lines.slice(-COMPLAINT_LINES) : lines.slice(0, COMPLAINT_LINES)).join("\n");
}

/**
 * Runs a stage and counts. What its command prints goes to `write` as it comes.
 * A run that ends badly without naming a failing test, or runs no test, is a failure all the same.
 */
export function runStage(
  { command: [program, ...words], counts }: Stage,
  write: (text: string) => void,
): Promise<StageEnd> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let tail = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      write(text);
      tail = (tail + text).slice(-200_000);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      write(text);
      if (counts === "one") tail = (tail + text).slice(-200_000);
    });
    child.on("error", (error) => {
      const complaint = `${program}: ${error.message}`;
      write(`${complaint}\n`);
      resolve({ passed: 0, failed: 1, complaint });
    });
    child.on("close", (code) => {
      const number = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}`, "m").exec(tail)?.[1] ?? 0);
      const passed = counts === "one" ? Number(code === 0) : number("passing");
      const failed = counts === "one" ? Number(code !== 0) : number("failing");
      const silent = counts === "mocha" && (passed === 0 || (code !== 0 && failed === 0));
      const ended = { passed, failed: failed + Number(silent) };
      resolve({ ...ended, complaint: ended.failed === 0 ? "" : complaintIn(tail) });
    });
  });
}
