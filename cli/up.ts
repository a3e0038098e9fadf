import { Command, Option } from "commander";
import { upPair } from "../operator/lifecycle/up-pair";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig, namedEnvConfig } from "./env-config";
import { lifecycleSummary } from "./lifecycle-summary";
import { progressWatch } from "./progress-watch";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface UpFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly beginAnew?: string;
  readonly takeOverData?: string;
  readonly restartPrimary: boolean;
  readonly resultsDir: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy up --env-config environment.yaml              # dry run: says what would change
  understudy up --env-config environment.yaml --execute    # both stacks, the primary first
`;

/** `understudy up`: every stack of the environment up, the primary's first; dry unless told to execute. */
export function upCommand(): Command {
  return new Command("up")
    .description("bring every host's stack up, the primary first; a dry run unless --execute is given")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--dry-run", "only say what would change; the default").conflicts("execute"))
    .option("--execute", "do it (without it nothing is changed)", false)
    .option(
      "--begin-anew <environment/host>",
      "the primary may begin with empty stores where it has lost the pair's data",
    )
    .option(
      "--take-over-data <hosts>",
      "data that lie on these hosts, `ENVIRONMENT/HOST` of each, become this pair's, where its stacks know nothing of them",
    )
    .option(
      "--restart-primary",
      "start the primary anew in place where a setting needs it, with an outage; without it that waits for a switchover",
      false,
    )
    .option("--results-dir <folder>", "the folder of the evidence, of which the hosts' agents are told", "docs/results")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async (flags: UpFlags, command: Command) => {
      const { envConfig: usual, execute, beginAnew, takeOverData, restartPrimary, resultsDir, output } = flags;
      const envConfig = beginAnew === undefined && takeOverData === undefined ? usual : namedEnvConfig(command);
      const environment = loadEnvironment(envConfig);
      const options = {
        environment,
        environmentFile: envConfig,
        execute,
        beginAnew,
        takeOverData,
        restartPrimary,
        resultsDir,
      };
      const outcome = await upPair(options, progressWatch(process.stderr));
      process.stdout.write(output === "json" ? structured("json", outcome) : lifecycleSummary("up", outcome, ""));
      if (!outcome.good) process.exitCode = 1;
    });
}
