import { copyFile } from "node:fs/promises";
import path from "node:path";
import { Command } from "commander";
import { verdictText } from "../../evidence/verify/render-verdict";
import { LAB_FILES } from "../../lab/host/layout";
import { rehearse, type RehearsedDrill } from "../../lab/host/rehearsal";
import { judgeReading } from "../../evidence/report/judged-evidence";
import { writeReport } from "../../evidence/report/report-files";
import { readEvidence } from "../../evidence/read-evidence";
import { drillClosing } from "../../operator/drill/closing";
import { labUp } from "../../lab/host/up";
import { loadEnvironment } from "../../settings/load-environment";
import { closingText } from "../closing-text";
import { failoverJson, failoverSummary } from "../failover-summary";
import { progressWatch } from "../progress-watch";
import { outputOption, structured, type TextOrJson } from "../structured-output";

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
/** The swap back is the newest state of the pair: its evidence has the contract's own name. */
const FILES: Readonly<Record<string, string>> = {
  "dry-run": "failover_dry_run.env",
  there: "failover_there.env",
  back: "failover_result.env",
};

interface DrillFlags {
  readonly outputDir: string;
  readonly output: TextOrJson;
}

/** What makes the lab and drills on it, what it then is, and the key that its evidence verifies with; tests give others. */
interface Lab {
  readonly up: typeof labUp;
  /** Its file names images that are known once the lab is up: read after that. */
  readonly environment: () => ReturnType<typeof loadEnvironment>;
  readonly rehearse: typeof rehearse;
  readonly publicKey: string;
  readonly closing: typeof drillClosing;
}

const LAB: Lab = {
  up: labUp,
  environment: () => loadEnvironment(LAB_ENVIRONMENT),
  rehearse,
  publicKey: LAB_FILES.signingPublicKey,
  closing: drillClosing,
};

/** `understudy lab drill`: from nothing to two verified swaps. */
export function labDrillCommand(lab: Lab = LAB): Command {
  return new Command("drill")
    .description("bring the lab and both stacks up, then dry run, switchover, verify, switchover back, verify")
    .option(
      "--output-dir <folder>",
      "where the evidence of all three goes, with the key it verifies with",
      "docs/results",
    )
    .addOption(outputOption())
    .addHelpText("before", "Examples:\n  understudy lab drill\n  understudy lab drill --output-dir /tmp/drills\n")
    .action(async ({ outputDir, output }: DrillFlags) => {
      const watch = progressWatch(process.stderr);
      const fileOf = (name: string): string => path.join(outputDir, FILES[name] ?? name);
      watch.phase?.("the lab: two Docker hosts on this machine");
      await lab.up((line) => process.stderr.write(`   ${line}\n`));
      const environment = lab.environment();
      const drills = await lab.rehearse(environment, fileOf, watch, LAB_ENVIRONMENT);
      await copyFile(lab.publicKey, path.join(outputDir, path.basename(LAB_FILES.signingPublicKey)));
      process.stdout.write(output === "json" ? structured(output, rehearsalJson(drills)) : rehearsalSummary(drills));
      const last = drills.at(-1)?.outcome;
      if (output !== "json" && last !== undefined) {
        const places = { environment, environmentFile: LAB_ENVIRONMENT, resultsDir: outputDir };
        const { drill, success } = last.document;
        const closing = await lab.closing(places, { primary: success ? drill.toHost : undefined, id: drill.id });
        process.stdout.write(closingText(closing, await reportOf(last.files.envPath, outputDir)));
      }
      const good =
        drills.length === Object.keys(FILES).length && drills.every((one) => one.verdict.verdict === "accepted");
      if (!good) process.exitCode = 1;
    });
}

/** The report of the last drill, as a page; undefined where its evidence cannot be read. */
async function reportOf(envPath: string, folder: string): Promise<string | undefined> {
  const reading = await readEvidence(envPath).catch(() => undefined);
  return reading?.readable === true ? (await writeReport(folder, judgeReading(reading))).html : undefined;
}

function rehearsalJson(drills: readonly RehearsedDrill[]): readonly object[] {
  return drills.map(({ name, outcome, verdict }) => ({ name, ...failoverJson(outcome), verdict }));
}

function rehearsalSummary(drills: readonly RehearsedDrill[]): string {
  const parts = drills.map(
    ({ outcome, verdict }) => `${failoverSummary(outcome)}  verdict   ${verdictText(verdict)}\n`,
  );
  const last = drills.at(-1)?.outcome.document;
  const primary = last?.success === true ? last.drill.toHost : "see: understudy lab status";
  return `\n${parts.join("\n")}\nprimary now: ${primary}\n`;
}
