import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import type { TestReport } from "../requirements/test-report";
import { chooseStages, GATE, REPORT_FOLDER, STAGES, type Stage } from "./run/stages";
import { writeTestReport } from "./run/write-report";
import { ACCEPTANCE_FOLDER } from "./support/kept-evidence";

interface Count {
  readonly passed: number;
  readonly failed: number;
}

function run({ command: [program, ...words], counts }: Stage): Promise<Count> {
  return new Promise((resolve) => {
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "inherit"] });
    let tail = "";
    child.stdout.on("data", (chunk: Buffer) => {
      process.stdout.write(chunk);
      tail = (tail + chunk.toString()).slice(-200_000);
    });
    child.on("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve({ passed: 0, failed: 1 });
    });
    child.on("close", (code) => {
      const number = (word: string): number => Number(new RegExp(`^ {2}(\\d+) ${word}`, "m").exec(tail)?.[1] ?? 0);
      const passed = counts === "one" ? Number(code === 0) : number("passing");
      const failed = counts === "one" ? Number(code !== 0) : number("failing");
      // A run that ends badly without naming a failing test, or runs no test, is a failure all the same.
      const silent = counts === "mocha" && (passed === 0 || (code !== 0 && failed === 0));
      resolve({ passed, failed: failed + Number(silent) });
    });
  });
}

async function main(): Promise<void> {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => STAGES.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    process.stderr.write(
      `unknown stage ${unknown.join(", ")}: there are ${STAGES.map((stage) => stage.name).join(", ")}\n`,
    );
    process.exitCode = 2;
    return;
  }
  const { stages, complete } = chooseStages(wanted);
  // What an older run has left is no evidence of this one.
  for (const old of complete ? [REPORT_FOLDER, ACCEPTANCE_FOLDER] : []) rmSync(old, { recursive: true, force: true });
  const startedAt = new Date();
  const done: TestReport["stages"] = [];
  for (const stage of stages) {
    // The gate judges this very run, when it is a whole one; else the last one that was.
    if (complete && stage.name === GATE) writeTestReport(startedAt, done);
    const began = Date.now();
    process.stdout.write(`== ${stage.name}: ${stage.sentence}\n`);
    const count = await run(stage);
    const seconds = Math.round((Date.now() - began) / 1000);
    done.push({ name: stage.name, ...count, seconds });
    process.stdout.write(`== ${stage.name}: ${count.failed === 0 ? "good" : "FAILED"} after ${seconds} s\n`);
  }
  if (stages.every(({ name }) => name !== GATE)) {
    process.stdout.write(`== ${GATE}: not run: it judges complete runs; bin/run-tests ${GATE} judges the last one\n`);
  }
  const total = (key: keyof Count): number => done.reduce((sum, count) => sum + count[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  if (total("failed") > 0) process.exitCode = 1;
}

void main();
