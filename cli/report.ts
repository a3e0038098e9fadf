import { Command } from "commander";
import { readJudgedEvidence } from "../evidence/report/judged-evidence";
import { headlineOf } from "../evidence/report/headline";
import { renderJunit } from "../evidence/report/render-junit";
import { writeReport } from "../evidence/report/report-files";
import { writeText } from "../evidence/write-text";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface ReportFlags {
  readonly evidence: string;
  readonly outputDir: string;
  readonly junit?: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy report --evidence docs/results/failover_result.env
  understudy report --evidence docs/results/failover_result.env --output-dir docs/results --junit drill.xml
`;

/** `understudy report`: a drill's evidence as Markdown, as an HTML page and as JUnit XML. */
export function reportCommand(): Command {
  return new Command("report")
    .description("make a drill's report from its evidence (exit 0 written, 1 not, 2 no evidence)")
    .requiredOption("--evidence <file>", "the .env evidence file with its JSON beside it, or the JSON document alone")
    .option("--output-dir <folder>", "where the report goes, as Markdown and as an HTML page", "docs/results")
    .option("--junit <file>", "also write JUnit XML, a test case for each step")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ evidence, outputDir, junit, output }: ReportFlags) => {
      const judged = await readJudgedEvidence(evidence);
      const files = await writeReport(outputDir, judged);
      if (junit !== undefined) await writeText(junit, renderJunit(judged));
      const { badge, sentence } = headlineOf(judged.document, judged.verdict);
      const written = { ...files, ...(junit !== undefined && { junit }) };
      process.stderr.write(`${badge}: ${sentence}\n`);
      process.stdout.write(output === "json" ? structured("json", written) : `${Object.values(written).join("\n")}\n`);
    });
}
