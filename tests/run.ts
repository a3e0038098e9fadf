import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { TestReport } from "../evidence/acceptance/requirements/test-report";
import { abreast, groupsOf, longestFirst } from "./run/abreast";
import { failedLines } from "./run/failures";
import { runStage, type Count } from "./run/run-stage";
import { chooseStages, GATE, REPORT_FOLDER, STAGES, type Stage } from "./run/stages";
import { timeLines } from "./run/times";
import { leftBehind, readWorkingTree } from "./run/working-tree";
import { writeTestReport } from "./run/write-report";
import { ACCEPTANCE_FOLDER } from "./support/kept-evidence";

type DoneStage = TestReport["stages"][number];

/** How many stages that need no lab run at a time: most of them keep one core busy. */
const WIDTH = Math.min(2, availableParallelism());

const print = (text: string): void => void process.stdout.write(text);

/** How often a stage beside others says that it still runs. */
const PROGRESS_MS = 15_000;

/** What failed, said once more at the end: the last lines of a long run are what people and CI look at first. */
const complaints: string[] = [];

/** Runs one stage. Beside others it says only that it runs, and all that it printed once it has ended. */
async function report(stage: Stage, inCompany: boolean): Promise<DoneStage> {
  const { name, sentence } = stage;
  const began = Date.now();
  const head = `== ${name}: ${sentence}\n`;
  const kept: string[] = [];
  const elapsed = (): number => Math.round((Date.now() - began) / 1000);
  print(inCompany ? `== ${name}: begins\n` : head);
  const progress = setInterval(() => inCompany && print(`   ${name} … ${elapsed()} s\n`), PROGRESS_MS);
  const { complaint, ...count } = await runStage(stage, inCompany ? (text) => void kept.push(text) : print);
  clearInterval(progress);
  if (count.failed > 0) complaints.push(`== ${name}: what failed\n${complaint}\n`);
  const seconds = elapsed();
  const ending = `== ${name}: ${count.failed === 0 ? "good" : "FAILED"} after ${seconds} s\n`;
  print(inCompany ? [head, ...kept, ending].join("") : ending);
  return { name, ...count, seconds };
}

/** What a complete run writes, git ignores: one check more, after all that write. */
function judgeTree(left: readonly string[]): DoneStage {
  const lines = [
    "== tree: a complete run leaves git's working tree as it was\n",
    ...left.map((line) => `   left: ${line}\n`),
  ];
  print([...lines, `== tree: ${left.length === 0 ? "good" : "FAILED"}\n`].join(""));
  return { name: "tree", passed: Number(left.length === 0), failed: Number(left.length > 0), seconds: 0 };
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
  const treeBefore = complete ? readWorkingTree(".") : undefined;
  const done: DoneStage[] = [];
  for (const group of groupsOf(stages, ({ alone }) => alone === true)) {
    // The gate judges this very run, when it is a whole one; else the last one that was.
    if (complete && group.some(({ name }) => name === GATE)) writeTestReport(startedAt, done);
    done.push(...(await abreast(longestFirst(group), WIDTH, (stage) => report(stage, group.length > 1))));
  }
  if (treeBefore !== undefined) done.push(judgeTree(leftBehind(treeBefore, readWorkingTree("."))));
  if (stages.every(({ name }) => name !== GATE)) {
    process.stdout.write(`== ${GATE}: not run: it judges complete runs; bin/run-tests ${GATE} judges the last one\n`);
  }
  print(complaints.join(""));
  for (const line of timeLines(done, stages)) print(`${line}\n`);
  // The last lines are what a log that is kept in part still has: which tests, before how many.
  const failed = done.filter((count) => count.failed > 0).map(({ name }) => name);
  print(
    failedLines(failed)
      .map((line) => `${line}\n`)
      .join(""),
  );
  const total = (key: keyof Count): number => done.reduce((sum, count) => sum + count[key], 0);
  process.stdout.write(`${total("passed")} passed, ${total("failed")} failed\n`);
  if (total("failed") > 0) process.exitCode = 1;
}

void main();
