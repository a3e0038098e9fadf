import { expect } from "chai";
import { checkMapping, type ProjectFiles } from "../../../../../evidence/acceptance/requirements/check-mapping";
import { parseMapping, type Mapping } from "../../../../../evidence/acceptance/requirements/mapping";
import { parseTestReport, type TestReport } from "../../../../../evidence/acceptance/requirements/test-report";

const FILES = [
  "cli/a.ts",
  "tests/unit/a.test.ts",
  "tests/extended/long.test.ts",
  "docs/results/a_2026-11-23.md",
  "docs/guide.md",
];
const PROJECT: ProjectFiles = {
  matching: (pattern) =>
    FILES.filter((file) => new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`).test(file)),
  read: () => 'it("is a long story", async () => {',
  pages: FILES.filter((file) => file.startsWith("docs/")),
};

function mapping(overrides: Partial<Mapping["requirements"][number]> = {}): Mapping {
  const requirement = {
    id: "X-1",
    source: "issue 1",
    sentence: "It is so.",
    code: ["cli/a.ts"],
    tests: ["tests/unit/a.test.ts > does it"],
    evidence: ["docs/results/a_*.md", "docs/guide.md"],
    ...overrides,
  };
  return { version: 1, requirements: [requirement] };
}

function report(title = "a does it", outcome: "passed" | "failed" = "passed"): TestReport {
  return {
    version: 1,
    startedAt: "2026-11-23T10:00:00.000Z",
    finishedAt: "2026-11-23T10:20:00.000Z",
    stages: [],
    tests: [{ file: "tests/unit/a.test.ts", title, outcome }],
  };
}

const rules = (subject: Mapping, ran: TestReport | undefined = report()): readonly string[] =>
  checkMapping(subject, PROJECT, ran).map(({ rule, path }) => `${rule} ${path}`);

describe("the requirements against the project", () => {
  it("are accepted when every path is there, every test passed and every page is named", () => {
    expect(rules(mapping())).to.deep.equal([]);
  });

  const broken: readonly (readonly [string, Mapping, TestReport, readonly string[]])[] = [
    ["code that is not there", mapping({ code: ["cli/b.ts"] }), report(), ["missing-path cli/b.ts"]],
    [
      "evidence that no run left",
      mapping({ evidence: ["docs/results/a_*.md", "docs/guide.md", "docs/results/b_*.md"] }),
      report(),
      ["missing-path docs/results/b_*.md"],
    ],
    [
      "a test file that is not there",
      mapping({ tests: ["tests/unit/b.test.ts"] }),
      report(),
      ["missing-test tests/unit/b.test.ts"],
    ],
    [
      "a test that did not run",
      mapping(),
      report("a does something else"),
      ["test-not-run tests/unit/a.test.ts > does it"],
    ],
    ["a test that failed", mapping(), report("a does it", "failed"), ["test-failed tests/unit/a.test.ts > does it"]],
    [
      "a page that no requirement names",
      mapping({ evidence: ["docs/results/a_*.md"] }),
      report(),
      ["unmapped-page docs/guide.md"],
    ],
  ];
  for (const [what, subject, ran, findings] of broken) {
    it(`name ${what}`, () => {
      expect(rules(subject, ran)).to.deep.equal(findings);
    });
  }

  it("name an id that two have, and a test run that left no report", () => {
    const twice = { ...mapping(), requirements: [...mapping().requirements, ...mapping().requirements] };
    expect(rules(twice)).to.deep.equal(["duplicate-id X-1"]);
    expect(checkMapping(mapping(), PROJECT, undefined).map(({ rule }) => rule)).to.deep.equal(["no-test-report"]);
  });

  describe("that no complete run shows", () => {
    const long = "tests/extended/long.test.ts";
    const both = ["tests/unit/a.test.ts", long];
    const away = ["docs/results/a_*.md", "docs/guide.md", "docs/results/only_long.env"];
    const open = "Its test takes an hour.";
    const ranLong = (outcome: "passed" | "failed"): TestReport => {
      const { tests, ...rest } = report();
      return { ...rest, tests: [...tests, { file: long, title: "a long story", outcome }] };
    };

    it("are open, with the reason: the test need not have run, the evidence need not be there", () => {
      expect(rules(mapping({ tests: [long], open }))).to.deep.equal([]);
      expect(rules(mapping({ tests: both, evidence: away, open }))).to.deep.equal([]);
    });

    it("are refused when nobody says so", () => {
      expect(rules(mapping({ tests: [long] }))).to.deep.equal([`only-extended ${long}`]);
      expect(rules(mapping({ tests: both, evidence: away }))).to.deep.equal([
        "missing-path docs/results/only_long.env",
      ]);
    });

    it("still need their code and a test that is there, and that did not fail when it ran", () => {
      expect(rules(mapping({ tests: [long], open, code: ["cli/b.ts"] }))).to.deep.equal(["missing-path cli/b.ts"]);
      const none = "tests/extended/none.test.ts";
      expect(rules(mapping({ tests: [none], open }))).to.deep.equal([`missing-test ${none}`]);
      expect(rules(mapping({ tests: [`${long} > long story`], open }))).to.deep.equal([]);
      expect(rules(mapping({ tests: [`${long} > gone story`], open }))).to.deep.equal([
        `missing-test ${long} > gone story`,
      ]);
      expect(rules(mapping({ tests: [long], open }), ranLong("failed"))).to.deep.equal([`test-failed ${long}`]);
      expect(rules(mapping({ tests: [long], open }), ranLong("passed"))).to.deep.equal([]);
      expect(rules(mapping({ tests: both, evidence: away, open }), report("a", "failed"))).to.deep.equal([
        "test-failed tests/unit/a.test.ts",
      ]);
    });

    it("are not those that a complete run shows", () => {
      expect(rules(mapping({ open }))).to.deep.equal(["needlessly-open tests/unit/a.test.ts > does it"]);
    });
  });

  it("are refused as a list when a field is missing, unknown or of another shape, with every fault", () => {
    const text =
      "version: 1\nrequirements:\n  - { id: x, source: s, sentence: t, code: [], tests: [a], evidence: [b], more: 1 }\n";
    expect(() => parseMapping(text, "r.yaml")).to.throw(/r\.yaml is no list of requirements: .*id.*code.*tests.*more/);
    expect(() => parseMapping("version: 1\nversion: 1\n", "r.yaml")).to.throw(/unique/);
  });

  it("take a report that was cut off for none", () => {
    const text = JSON.stringify(report());
    expect(parseTestReport(text)?.tests).to.have.length(1);
    expect(parseTestReport(text.slice(0, -9))).to.equal(undefined);
    expect(parseTestReport("{}")).to.equal(undefined);
  });
});
