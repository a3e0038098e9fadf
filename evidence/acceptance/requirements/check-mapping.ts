import { namedTest, type Mapping, type Requirement } from "./mapping";
import type { TestReport } from "./test-report";

/** One fault of the mapping: the rule it breaks, the requirement (none for a page of nobody), and what it is about. */
export interface MappingFinding {
  readonly rule:
    | "duplicate-id"
    | "missing-path"
    | "missing-test"
    | "test-not-run"
    | "test-failed"
    | "no-test-report"
    | "only-extended"
    | "needlessly-open"
    | "unmapped-page";
  readonly requirement: string | null;
  readonly path: string;
  readonly reason: string;
}

/** Tests here run only by name: no complete run has them, so what only they show is an open requirement. */
const EXTENDED = "tests/extended/";

/** What is in the project: files by path, and which of them are pages of the documentation. */
export interface ProjectFiles {
  /** Files and folders that a path, or a pattern with `*` or `{a,b}`, stands for. */
  readonly matching: (pattern: string) => readonly string[];
  /** A file's text. */
  readonly read: (file: string) => string;
  /** Every Markdown file under `docs/`. */
  readonly pages: readonly string[];
}

/**
 * Everything that is wrong between the mapping and the project.
 * @param report the last complete test run; undefined when there is none that can be read
 */
export function checkMapping(
  mapping: Mapping,
  project: ProjectFiles,
  report: TestReport | undefined,
): readonly MappingFinding[] {
  const noReport: MappingFinding = {
    rule: "no-test-report",
    requirement: null,
    path: "tests",
    reason: "no report of a complete test run can be read, so no test is known to have run",
  };
  return [
    ...duplicates(mapping.requirements),
    ...mapping.requirements.flatMap((one) => danglingPaths(one, project)),
    ...mapping.requirements.flatMap((one) => missingTests(one, project)),
    ...mapping.requirements.flatMap((one) => wronglyOpen(one, project)),
    ...(report === undefined
      ? [noReport]
      : mapping.requirements.flatMap((one) => testsNotPassed(one, project, report))),
    ...unmappedPages(mapping, project),
  ];
}

function duplicates(requirements: readonly Requirement[]): MappingFinding[] {
  const ids = requirements.map(({ id }) => id);
  return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))].map((id) => ({
    rule: "duplicate-id",
    requirement: id,
    path: id,
    reason: "two requirements have this id",
  }));
}

/** An open requirement's evidence may be away: the run that leaves it is no complete run. Its code may not. */
function danglingPaths({ id, code, evidence, open }: Requirement, { matching }: ProjectFiles): MappingFinding[] {
  return [...code, ...(open === undefined ? evidence : [])]
    .filter((place) => matching(place).length === 0)
    .map((path) => ({ rule: "missing-path", requirement: id, path, reason: "is not there" }));
}

/** That a test of a complete run has the words is what its report says; of the others, only their files can. */
function missingTests({ id, tests }: Requirement, { matching, read }: ProjectFiles): MappingFinding[] {
  return tests.flatMap((path): MappingFinding[] => {
    const { file, words } = namedTest(path);
    if (matching(file).length === 0) {
      return [{ rule: "missing-test", requirement: id, path, reason: "there is no such test file" }];
    }
    if (!file.startsWith(EXTENDED) || words === undefined || read(file).includes(words)) return [];
    return [{ rule: "missing-test", requirement: id, path, reason: "no title in that file has these words" }];
  });
}

/** A requirement is open exactly where no complete run shows it: only tests outside of it name it, or its evidence is away. */
function wronglyOpen({ id, tests, evidence, open }: Requirement, { matching }: ProjectFiles): MappingFinding[] {
  const extended = tests.filter((test) => test.startsWith(EXTENDED));
  if (open === undefined) {
    if (extended.length < tests.length) return [];
    const reason = "runs only by name, and no other test is named: the requirement is open, say why";
    return extended.map((path) => ({ rule: "only-extended", requirement: id, path, reason }));
  }
  if (extended.length > 0 || evidence.some((place) => matching(place).length === 0)) return [];
  const reason = "is in every complete run, and all evidence is there: the requirement is not open";
  return tests.map((path) => ({ rule: "needlessly-open", requirement: id, path, reason }));
}

function testsNotPassed({ id, tests }: Requirement, { matching }: ProjectFiles, report: TestReport): MappingFinding[] {
  return tests.flatMap((path): MappingFinding[] => {
    const { file, words } = namedTest(path);
    if (matching(file).length === 0) return [];
    const ran = report.tests.filter((one) => one.file === file && (words === undefined || one.title.includes(words)));
    if (ran.length === 0) {
      if (file.startsWith(EXTENDED)) return [];
      return [
        { rule: "test-not-run", requirement: id, path, reason: `did not run in the test run of ${report.startedAt}` },
      ];
    }
    return ran
      .filter(({ outcome }) => outcome === "failed")
      .map(({ title }) => ({ rule: "test-failed", requirement: id, path, reason: `failed: ${title}` }));
  });
}

function unmappedPages({ requirements }: Mapping, { pages, matching }: ProjectFiles): MappingFinding[] {
  const mapped = new Set(requirements.flatMap(({ code, evidence }) => [...code, ...evidence].flatMap(matching)));
  return pages
    .filter((page) => !mapped.has(page))
    .map((path) => ({ rule: "unmapped-page", requirement: null, path, reason: "no requirement names this page" }));
}
