import { Command } from "commander";
import { verdictText } from "../../evidence/verify/render-verdict";
import { rehearse, type RehearsedDrill } from "../../lab/host/rehearsal";
import { labUp } from "../../lab/host/up";
import { loadEnvironment } from "../../settings/load-environment";
import { failoverJson, failoverSummary } from "../failover-summary";
import { progressWatch } from "../progress-watch";
import { outputOption, structured, type TextOrJson } from "../structured-output";

const LAB_ENVIRONMENT = "configs/deploy/environments/lab.yaml";
/** The swap back is the newest state of the pair: its evidence has the contract's own name. */
const FILES: Readonly<Record<string, string>> = {
  "dry-run": "docs/results/failover_dry_run.env",
  there: "docs/results/failover_there.env",
  back: "docs/results/failover_result.env",
};

/** `understudy lab drill`: from nothing to two verified swaps. */
export function labDrillCommand(): Command {
  return new Command("drill")
    .description("bring the lab and both stacks up, then dry run, switchover, verify, switchover back, verify")
    .addOption(outputOption())
    .addHelpText("before", "Example:\n  understudy lab drill\n")
    .action(async ({ output }: { output: TextOrJson }) => {
      const watch = progressWatch(process.stderr);
      watch.phase?.("the lab: two Docker hosts on this machine");
      await labUp((line) => process.stderr.write(`   ${line}\n`));
      const drills = await rehearse(loadEnvironment(LAB_ENVIRONMENT), (name) => FILES[name] ?? name, watch);
      process.stdout.write(output === "json" ? structured(output, rehearsalJson(drills)) : rehearsalSummary(drills));
      const good =
        drills.length === Object.keys(FILES).length && drills.every((one) => one.verdict.verdict === "accepted");
      if (!good) process.exitCode = 1;
    });
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
