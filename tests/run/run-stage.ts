import { spawn } from "node:child_process";
import type { Stage } from "./stages";

/** How many checks or tests of a stage passed and failed. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Runs a stage and counts. What its command prints goes to `write` as it comes.
 * A run that ends badly without naming a failing test, or runs no test, is a failure all the same.
 */
export function runStage(
  { command: [program, ...words], counts }: Stage,
  write: (text: string) => void,
): Promise<Count> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    let tail = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      write(text);
      tail = (tail + text).slice(-200_000);
    });
    child.stderr.setEncoding("utf8").on("data", write);
    child.on("error", (error) => {
      write(`${program}: ${error.message}\n`);
      resolve({ passed: 0, failed: 1 });
    });
    child.on("close", (code) => {
      const number = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}`, "m").exec(tail)?.[1] ?? 0);
      const passed = counts === "one" ? Number(code === 0) : number("passing");
      const failed = counts === "one" ? Number(code !== 0) : number("failing");
      const silent = counts === "mocha" && (passed === 0 || (code !== 0 && failed === 0));
      resolve({ passed, failed: failed + Number(silent) });
    });
  });
}
