import { join } from "node:path";
import { Command } from "commander";
import { type Acceptance, acceptanceOf, renderAcceptance } from "../evidence/acceptance/render-acceptance";
import { readHealthReport } from "../evidence/acceptance/health-report";
import { readRequirementsVerdict } from "../evidence/acceptance/requirements-verdict";
import { readJudgedEvidence, type Limits } from "../evidence/report/judged-evidence";
import { writeText } from "../evidence/write-text";
import { UserError } from "../settings/user-error";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface AcceptFlags {
  readonly evidence: readonly string[];
  readonly healthReport: readonly string[];
  readonly requirementsVerdict: readonly string[];
  readonly maxFailoverSeconds?: string;
  readonly maxDataLagEvents?: string;
  readonly outputDir: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy accept --evidence docs/results/failover_dry_run.env docs/results/failover_there.env docs/results/failover_result.env
  understudy accept --evidence swap.env --health-report docs/results/prodlike_multi_host_health_report.json
`;

/** `understudy accept`: which acceptance scenarios the evidence shows. */
export function acceptCommand(now: () => Date = () => new Date()): Command {
  return new Command("accept")
    .description("say which acceptance scenarios evidence shows (exit 0 all, 1 not all, 2 no evidence)")
    .requiredOption("--evidence <files...>", "evidence files of drills, as understudy verify takes them")
    .option("--health-report <files...>", "health reports, of two hosts or of a single one", [])
    .option("--requirements-verdict <files...>", "what understudy requirements verify --output json said", [])
    .option("--max-failover-seconds <n>", "judge by this limit (default: each drill's own objective)")
    .option("--max-data-lag-events <n>", "judge by this limit (default: each drill's own objective)")
    .option("--output-dir <folder>", "where the acceptance document goes", "docs/results")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: AcceptFlags) => {
      const limits = limitsOf(flags);
      const drills = await Promise.all(flags.evidence.map((file) => readJudgedEvidence(file, limits)));
      const health = await Promise.all(flags.healthReport.map(readHealthReport));
      const requirements = await Promise.all(flags.requirementsVerdict.map(readRequirementsVerdict));
      const at = now();
      const acceptance = acceptanceOf({ drills, health, requirements }, undefined, at);
      const date = at.toISOString().slice(0, 10);
      const file = join(flags.outputDir, `final_capability_acceptance_${date}.md`);
      await writeText(file, renderAcceptance(acceptance, date));
      process.stdout.write(
        flags.output === "json" ? acceptanceJson(acceptance, file) : acceptanceText(acceptance, file),
      );
      if (!acceptance.complete) process.exitCode = 1;
    });
}

function limitsOf(flags: AcceptFlags): Limits {
  const seconds = limit("--max-failover-seconds", flags.maxFailoverSeconds);
  const events = limit("--max-data-lag-events", flags.maxDataLagEvents);
  return {
    ...(seconds !== undefined && { maxFailoverSeconds: seconds }),
    ...(events !== undefined && { maxDataLagEvents: events }),
  };
}

function limit(flag: string, text: string | undefined): number | undefined {
  if (text === undefined || /^[0-9]{1,15}(\.[0-9]{1,9})?$/.test(text)) return text === undefined ? text : Number(text);
  throw new UserError(`${flag}=${JSON.stringify(text)} is not a number, 0 or more`, "understudy accept --help", 2);
}

function acceptanceText({ rows, shown, complete }: Acceptance, file: string): string {
  const width = Math.max(...rows.map(({ scenario }) => scenario.id.length));
  const lines = rows.map(({ scenario, exhibits }) => {
    const by = exhibits.map(({ source }) => source).join(", ");
    return `  ${scenario.id.padEnd(width)}  ${by === "" ? `NOT SHOWN; to show it: ${scenario.obtain}` : `shown by ${by}`}`;
  });
  return `${[`${complete ? "ACCEPTED" : "NOT ACCEPTED"}: ${shown} of ${rows.length} scenarios shown`, ...lines, file].join("\n")}\n`;
}

function acceptanceJson({ rows, shown, complete }: Acceptance, file: string): string {
  const scenarios = rows.map(({ scenario: { id, sentence }, exhibits }) => ({ id, sentence, exhibits }));
  return structured("json", { complete, shown, of: rows.length, file, scenarios });
}
