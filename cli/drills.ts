import { Command } from "commander";
import { planDrill, type DrillPlan } from "../operator/calendar/plan-drill";
import type { DrillWindow } from "../operator/calendar/windows";
import { openStacks } from "../operator/failover/pair-stacks";
import { readReadiness } from "../operator/readiness/read-readiness";
import { loadEnvironment } from "../settings/load-environment";
import { noCalendar } from "./calendar-words";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface PlanFlags {
  readonly envConfig: string;
  readonly resultsDir: string;
  readonly output: TextOrJson;
}

const EXAMPLE = "Examples:\n  understudy drills plan\n  understudy drills plan --output json\n";

/** `understudy drills`: the calendar of drills. */
export function drillsCommand(): Command {
  return new Command("drills")
    .description("the calendar of drills: what is due, and when it may be done")
    .addHelpText("before", "Example:\n  understudy drills plan\n")
    .addCommand(
      new Command("plan")
        .description("say whether a drill is due, why, and which window is open or comes next; changes nothing")
        .option("--env-config <file>", "the environment file", defaultEnvConfig())
        .option("--results-dir <folder>", "the folder of the evidence", "docs/results")
        .addOption(outputOption())
        .addHelpText("before", EXAMPLE)
        .action(async ({ envConfig, resultsDir, output }: PlanFlags) => {
          const environment = loadEnvironment(envConfig);
          if (environment.drills === undefined) throw noCalendar(envConfig);
          const { stacks } = await openStacks(environment);
          const now = new Date();
          const readiness = await readReadiness({ environment, environmentFile: envConfig, stacks, resultsDir }, now);
          const plan = planDrill(environment.drills, readiness, now);
          process.stdout.write(output === "json" ? structured("json", plan) : planText(plan));
        }),
    );
}

function planText({ due, why, open, next }: DrillPlan): string {
  return `${[
    due ? "DUE" : "NOT DUE",
    `  why       ${why}`,
    `  open      ${windowText(open)}`,
    `  next      ${windowText(next)}`,
  ].join("\n")}\n`;
}

function windowText(window: DrillWindow | null): string {
  return window === null ? "no window" : `${window.begin.toISOString()} to ${window.end.toISOString()}`;
}
