import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import {
  LANGUAGE_FILE,
  MAPPING_FILE,
  verifyRequirements,
} from "../../evidence/acceptance/requirements/verify-requirements";
import { TEST_REPORT_FILE, type TestOutcome } from "../../evidence/acceptance/requirements/test-report";
import { temporaryFolder } from "../support/temporary-folder";

const REQUIREMENTS = `version: 1
requirements:
  - id: X-1
    source: this test
    sentence: It greets.
    code: [cli/greet.ts]
    tests: ["tests/unit/greet.test.ts > greets"]
    evidence: [docs/guide.md]
  - id: X-2
    source: this test
    sentence: It greets for an hour.
    code: [cli/greet.ts]
    tests: [tests/extended/greet.test.ts]
    evidence: [docs/results/hour.env]
    open: Its test takes an hour.
`;
const VERDICT = "docs/results/requirements_verdict.json";

/** The words of the language file that are allowed nowhere in the small project would be allowances of nobody. */
const forbiddenOnly = (): string =>
  `${readFileSync(LANGUAGE_FILE, "utf8").split("\nallowed:")[0] ?? ""}\nallowed: []\n`;

describe("the requirements' gate, the last stage of make test", function () {
  this.timeout(60_000);
  this.slow(5000);
  const folder = temporaryFolder();
  const root = (): string => path.join(folder(), "project");
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(root(), file)), { recursive: true });
    writeFileSync(path.join(root(), file), text);
  };
  const remove = (file: string): void => rmSync(path.join(root(), file));
  const ran = (...tests: readonly TestOutcome[]): void => {
    const at = "2026-11-23T10:00:00.000Z";
    put(TEST_REPORT_FILE, JSON.stringify({ version: 1, startedAt: at, finishedAt: at, stages: [], tests }));
  };
  const greets = (outcome: TestOutcome["outcome"]): TestOutcome => ({
    file: "tests/unit/greet.test.ts",
    title: "it greets",
    outcome,
  });

  beforeEach("a small project that holds all it is asked for", () => {
    rmSync(root(), { recursive: true, force: true });
    put(MAPPING_FILE, REQUIREMENTS);
    put(LANGUAGE_FILE, forbiddenOnly());
    put("cli/greet.ts", "export const greet = 1;\n");
    put("tests/unit/greet.test.ts", "");
    put("tests/extended/greet.test.ts", "");
    put("docs/guide.md", "# Guide\n\nIt greets.\n");
    put("docs/results/README.txt", "");
    ran(greets("passed"));
  });

  const findings = (): readonly string[] => {
    const { mapping, language } = verifyRequirements({
      root: root(),
      requirementsFile: MAPPING_FILE,
      testReport: TEST_REPORT_FILE,
    });
    return [
      ...mapping.map(({ rule, path: place }) => `${rule} ${place}`),
      ...language.map(({ file, line, term }) => `${file}:${line} ${term}`),
    ];
  };

  it("finds nothing in a project that is whole", () => {
    expect(findings()).to.deep.equal([]);
  });

  const broken: readonly (readonly [string, () => void, string])[] = [
    [
      "a test that was removed",
      () => remove("tests/unit/greet.test.ts"),
      "missing-test tests/unit/greet.test.ts > greets",
    ],
    ["a test that did not run", () => ran(), "test-not-run tests/unit/greet.test.ts > greets"],
    ["a test that failed", () => ran(greets("failed")), "test-failed tests/unit/greet.test.ts > greets"],
    ["a run that was cut off", () => put(TEST_REPORT_FILE, '{"version":1,'), "no-test-report tests"],
    ["a path that leads nowhere", () => remove("cli/greet.ts"), "missing-path cli/greet.ts"],
    ["a page that nobody names", () => put("docs/stray.md", "# Stray\n"), "unmapped-page docs/stray.md"],
    [
      "an open requirement of which nobody says so",
      () => put(MAPPING_FILE, REQUIREMENTS.replace(/ {4}open: .*\n/, "")),
      "only-extended tests/extended/greet.test.ts",
    ],
    [
      "English that excuses",
      () => put("docs/guide.md", "# Guide\n\nThe rest is To\nBe **Done**.\n"),
      "docs/guide.md:3 to be done",
    ],
    ["Chinese that excuses", () => put("cli/greet.ts", "// 其余部分尚待\n// 完成。\n"), "cli/greet.ts:1 待完成"],
  ];
  for (const [what, breakIt, finding] of broken) {
    it(`refuses ${what}, by name`, () => {
      breakIt();
      expect(findings()).to.include(finding);
    });
  }

  describe("as the stage runs it", () => {
    const gate = (): { readonly code: number | null; readonly out: string } => {
      cpSync("tests/run/gate.sh", path.join(root(), "tests/run/gate.sh"));
      symlinkSync(path.resolve("bin"), path.join(root(), "bin"));
      const { status, stdout } = spawnSync("tests/run/gate.sh", { cwd: root(), encoding: "utf8", timeout: 50_000 });
      return { code: status, out: stdout };
    };
    const verdict = (): unknown => JSON.parse(readFileSync(path.join(root(), VERDICT), "utf8"));

    it("accepts the whole project, keeps the verdict, and names what is open", () => {
      const { code, out } = gate();
      expect(code, out).to.equal(0);
      expect(out)
        .to.match(/^ACCEPTED 2 requirements, 1 of them open: /)
        .and.include("  open: X-2: It greets for an hour. Its test takes an hour.");
      expect(verdict()).to.deep.include({ verdict: "accepted", mapping: [], language: [] });
    });

    it("fails the run when a requirement's test failed in it", () => {
      ran(greets("failed"));
      const { code, out } = gate();
      expect(code, out).to.equal(1);
      expect(out).to.include("  test-failed: X-1: tests/unit/greet.test.ts > greets failed: it greets");
      expect(verdict()).to.deep.include({ verdict: "refused" });
    });

    it("fails the run, and keeps no older verdict, when the list of requirements cannot be read", () => {
      put(VERDICT, '{"verdict":"accepted"}');
      put(MAPPING_FILE, "version: 1\n");
      expect(gate().code).to.equal(2);
      expect(verdict).to.throw("ENOENT");
    });
  });
});
