import { globSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { messageOf, UserError } from "../../../settings/user-error";
import { checkMapping, type MappingFinding, type ProjectFiles } from "./check-mapping";
import {
  languageSchema,
  unfinishedLanguage,
  unusedAllowances,
  type Language,
  type LanguageFinding,
} from "./completion-language";
import { parseMapping } from "./mapping";
import { parseTestReport } from "./test-report";

/** The list of requirements, from the project's folder. */
export const MAPPING_FILE = "docs/requirements/develop_requirements.yaml";

/** The forbidden terms and allowed sentences, from the project's folder. */
export const LANGUAGE_FILE = "configs/requirements/completion_language.yaml";

/** What is read for completion language: pages, code, configuration, workflows; neither tests nor what is locked or built. */
const READ_FOR_LANGUAGE = [
  "*.{md,ts,mjs,yaml}",
  "Makefile",
  "docs/**/*.{md,yaml}",
  "{bin,cli,components,configs,drills,evidence,lab,operator,settings,toolchain}/**/*",
  ".github/**/*.yml",
];
const NOT_READ = /(^|\/)go\.(sum|mod)$|\.map$/;

/** What is verified, and against what; paths are from `root`. */
export interface RequirementsQuestion {
  readonly root: string;
  readonly requirementsFile: string;
  readonly testReport: string;
}

/** A requirement that no complete run shows. */
export interface OpenRequirement {
  readonly id: string;
  readonly sentence: string;
  readonly reason: string;
}

/** What was held against the list of requirements; accepted when nothing was. */
export interface RequirementsVerdict {
  readonly verdict: "accepted" | "refused";
  readonly requirements: number;
  /** Requirements that no complete run shows, each with the reason: part of the verdict's words, no fault. */
  readonly open: readonly OpenRequirement[];
  readonly filesRead: number;
  readonly mapping: readonly MappingFinding[];
  readonly language: readonly LanguageFinding[];
  /** Allowed sentences that stand nowhere. */
  readonly unusedAllowances: readonly string[];
}

/**
 * Holds the list of requirements against the project and its last test run, and reads the project for completion
 * language.
 * @throws UserError with exit code 2 when the list, or the list of terms, cannot be read
 */
export function verifyRequirements({ root, requirementsFile, testReport }: RequirementsQuestion): RequirementsVerdict {
  const mapping = parseMapping(readNeeded(path.resolve(root, requirementsFile)), requirementsFile);
  const language = readLanguage(root);
  const report = parseTestReport(readIfThere(path.resolve(root, testReport)) ?? "");
  const texts = filesUnder(root, READ_FOR_LANGUAGE)
    .filter((file) => file !== LANGUAGE_FILE && !NOT_READ.test(file))
    .map((file) => [file, readFileSync(path.join(root, file), "utf8")] as const);
  const verdict = {
    requirements: mapping.requirements.length,
    open: mapping.requirements.flatMap(({ id, sentence, open: reason }) =>
      reason === undefined ? [] : [{ id, sentence, reason }],
    ),
    filesRead: texts.length,
    mapping: checkMapping(mapping, projectFiles(root), report),
    language: texts.flatMap(([file, text]) => unfinishedLanguage(file, text, language)),
    unusedAllowances: unusedAllowances(
      texts.map(([, text]) => text),
      language,
    ),
  };
  const faults = verdict.mapping.length + verdict.language.length + verdict.unusedAllowances.length;
  return { verdict: faults === 0 ? "accepted" : "refused", ...verdict };
}

/** The project's files, as the mapping's checks ask for them. */
export function projectFiles(root: string): ProjectFiles {
  const known = new Map<string, readonly string[]>();
  const matching = (pattern: string): readonly string[] => {
    const found = known.get(pattern) ?? globSync(pattern, { cwd: root });
    known.set(pattern, found);
    return found;
  };
  const read = (file: string): string => readFileSync(path.join(root, file), "utf8");
  return { matching, read, pages: filesUnder(root, ["docs/**/*.md"]) };
}

function filesUnder(root: string, patterns: readonly string[]): readonly string[] {
  const found = globSync([...patterns], { cwd: root, exclude: (name) => name === "node_modules" });
  return [...new Set(found)].filter((file) => statSync(path.join(root, file)).isFile()).sort();
}

function readLanguage(root: string): Language {
  const parsed = languageSchema.safeParse(parse(readNeeded(path.join(root, LANGUAGE_FILE))));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new UserError(`${LANGUAGE_FILE}: ${faults.join("; ")}`, "correct the file and run the command again", 2);
}

function readNeeded(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new UserError(`${file} cannot be read: ${messageOf(thrown)}`, "understudy requirements verify --help", 2);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
