import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { reporters, Runner, type MochaOptions, type Runnable } from "mocha";
import type { TestOutcome } from "../../evidence/acceptance/requirements/test-report";
import { failuresOf } from "./failures";
import { timesOf } from "./times";

const MOST_OF_A_REASON = 2000;

/** How much of a reason the list at a run's end says: a line. */
const SHORT_REASON = 160;

/** Mocha's own report for people, and each test with its outcome in the file that the reporter option `file` names. */
class RecordingReporter extends reporters.Spec {
  constructor(runner: Runner, options: MochaOptions) {
    super(runner, options);
    const { file } = options.reporterOptions as { readonly file: string };
    const tests: TestOutcome[] = [];
    const failures: string[] = [];
    const seconds: Record<string, number> = {};
    let since = Date.now();
    const note = (outcome: TestOutcome["outcome"]) => (test: Runnable) =>
      void tests.push({ file: path.relative(process.cwd(), test.file ?? ""), title: test.fullTitle(), outcome });
    runner.on(Runner.constants.EVENT_TEST_PASS, note("passed"));
    runner.on(Runner.constants.EVENT_TEST_FAIL, note("failed"));
    // Why, at once: a run that is ended before its end says nothing of it otherwise.
    runner.on(Runner.constants.EVENT_TEST_FAIL, (test: Runnable, error: Error) => {
      reporters.Base.consoleLog(`        ${error.message.slice(0, MOST_OF_A_REASON)}`);
      const reason = error.message.replaceAll(/\s+/g, " ").slice(0, SHORT_REASON);
      failures.push(`${path.relative(process.cwd(), test.file ?? "")}: ${test.fullTitle()}: ${reason}`);
    });
    // With the hooks before it; of files that run side by side it is the time between two reports.
    runner.on(Runner.constants.EVENT_TEST_END, (test: Runnable) => {
      const name = path.relative(process.cwd(), test.file ?? "");
      seconds[name] = (seconds[name] ?? 0) + (Date.now() - since) / 1000;
      since = Date.now();
    });
    runner.on(Runner.constants.EVENT_RUN_END, () => {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(tests));
      writeFileSync(timesOf(file), JSON.stringify(seconds));
      writeFileSync(failuresOf(file), failures.map((line) => `${line}\n`).join(""));
    });
  }
}

export = RecordingReporter;
