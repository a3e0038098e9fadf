import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  summaryOf,
  TEST_REPORT_FILE,
  type TestOutcome,
  type TestReport,
} from "../../evidence/acceptance/requirements/test-report";
import { REPORT_FOLDER } from "./stages";

/** What is kept of a complete run with the results: every file of tests, without titles. */
const SUMMARY_FILE = "docs/results/test_report.json";

/** Writes the report of a complete run: what the stages counted, and every test that mocha's stages recorded. */
export function writeTestReport(startedAt: Date, stages: TestReport["stages"]): void {
  const tests = stages.flatMap(({ name }) => {
    const file = `${REPORT_FOLDER}/${name}.json`;
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as TestOutcome[]) : [];
  });
  const finishedAt = new Date().toISOString();
  const report: TestReport = { version: 1, startedAt: startedAt.toISOString(), finishedAt, stages, tests };
  mkdirSync(REPORT_FOLDER, { recursive: true });
  writeFileSync(TEST_REPORT_FILE, `${JSON.stringify(report)}\n`);
  writeFileSync(SUMMARY_FILE, `${JSON.stringify(summaryOf(report), null, 2)}\n`);
}
