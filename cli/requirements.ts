import { Command } from "commander";
import { writeText } from "../evidence/write-text";
import { languageReport, requirementsText } from "../evidence/acceptance/requirements/render-verdict";
import { TEST_REPORT_FILE } from "../evidence/acceptance/requirements/test-report";
import { MAPPING_FILE, verifyRequirements } from "../evidence/acceptance/requirements/verify-requirements";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface VerifyFlags {
  readonly requirementsFile: string;
  readonly completionLanguageReport?: string;
  readonly verdictFile?: string;
  readonly testReport: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Example:
  understudy requirements verify --requirements-file docs/requirements/develop_requirements.yaml --completion-language-report language.json
`;

/** `understudy requirements`: what was asked for, held against what is there. */
export function requirementsCommand(): Command {
  const verify = new Command("verify")
    .description(
      "check the requirements against code, tests, evidence and pages (exit 0 accepted, 1 refused, 2 no list)",
    )
    .option("--requirements-file <file>", "the requirements, each with its code, tests and evidence", MAPPING_FILE)
    .option("--completion-language-report <file>", "where to write what was found of completion language, as JSON")
    .option("--verdict-file <file>", "where to write the verdict, as JSON")
    .option("--test-report <file>", "what the last complete bin/run-tests left", TEST_REPORT_FILE)
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ output, completionLanguageReport, verdictFile, ...files }: VerifyFlags) => {
      const verdict = verifyRequirements({ root: process.cwd(), ...files });
      if (completionLanguageReport !== undefined) await writeText(completionLanguageReport, languageReport(verdict));
      const json = structured("json", verdict);
      if (verdictFile !== undefined) await writeText(verdictFile, json);
      process.stdout.write(output === "json" ? json : requirementsText(verdict));
      if (verdict.verdict === "refused") process.exitCode = 1;
    });
  return new Command("requirements")
    .description("compare what was asked for with what is there")
    .addHelpText("before", EXAMPLE.trimStart())
    .addCommand(verify);
}
