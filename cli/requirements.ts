import { Command, Option } from "commander";
import { writeText } from "../drills/report/write-text";
import { languageReport, requirementsText } from "../requirements/render-verdict";
import { TEST_REPORT_FILE } from "../requirements/test-report";
import { verifyRequirements } from "../requirements/verify-requirements";

interface VerifyFlags {
  readonly requirementsFile: string;
  readonly completionLanguageReport?: string;
  readonly testReport: string;
  readonly output: "text" | "json";
}

const EXAMPLE = `
Example:
  understudy requirements verify --requirements-file docs/requirements/develop_requirements.yaml --completion-language-report language.json
`;

/** `understudy requirements`: what was asked for, held against what is there. */
export function requirementsCommand(): Command {
  const verify = new Command("verify")
    .description(
      "hold the requirements against code, tests, evidence and pages (exit 0 accepted, 1 refused, 2 no list)",
    )
    .option(
      "--requirements-file <file>",
      "the requirements, each with its code, tests and evidence",
      "docs/requirements/develop_requirements.yaml",
    )
    .option("--completion-language-report <file>", "where to write what was found of unfinished language, as JSON")
    .option("--test-report <file>", "what the last complete bin/run-tests left", TEST_REPORT_FILE)
    .addOption(new Option("--output <format>", "what stdout gets").choices(["text", "json"]).default("text"))
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ output, completionLanguageReport, ...files }: VerifyFlags) => {
      const verdict = verifyRequirements({ root: process.cwd(), ...files });
      if (completionLanguageReport !== undefined) await writeText(completionLanguageReport, languageReport(verdict));
      process.stdout.write(output === "json" ? `${JSON.stringify(verdict, null, 2)}\n` : requirementsText(verdict));
      if (verdict.verdict === "refused") process.exitCode = 1;
    });
  return new Command("requirements")
    .description("what was asked for, held against what is there")
    .addHelpText("before", EXAMPLE.trimStart())
    .addCommand(verify);
}
