import { z } from "zod";

const testReportSchema = z.strictObject({
  version: z.literal(1),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  stages: z.array(z.strictObject({ name: z.string(), passed: z.number(), failed: z.number(), seconds: z.number() })),
  tests: z.array(z.strictObject({ file: z.string(), title: z.string(), outcome: z.enum(["passed", "failed"]) })),
});

/** What one complete run of `bin/run-tests` left: every stage before the gate's own, and every test by its full title. */
export type TestReport = z.infer<typeof testReportSchema>;
/** One test that ran. */
export type TestOutcome = TestReport["tests"][number];

/** Where `bin/run-tests` puts the report of its last complete run, from the project's folder. */
export const TEST_REPORT_FILE = "tests/.report/report.json";

/** The report in a text; undefined when it is none, or one that was cut off. */
export function parseTestReport(text: string): TestReport | undefined {
  try {
    return testReportSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The same run by file, without titles: short enough to be kept with the results. */
export function summaryOf({ startedAt, finishedAt, stages, tests }: TestReport): object {
  const files = [...new Set(tests.map(({ file }) => file))].sort();
  const count = (file: string, outcome: TestOutcome["outcome"]): number =>
    tests.filter((test) => test.file === file && test.outcome === outcome).length;
  return {
    version: 1,
    startedAt,
    finishedAt,
    stages,
    files: files.map((file) => ({ file, passed: count(file, "passed"), failed: count(file, "failed") })),
  };
}
