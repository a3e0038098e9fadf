import { Command, Option } from "commander";
import { downPair } from "../operator/lifecycle/down-pair";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig, namedEnvConfig } from "./env-config";
import { lifecycleSummary } from "./lifecycle-summary";
import { progressWatch } from "./progress-watch";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface DownFlags {
  readonly envConfig: string;
  readonly execute: boolean;
  readonly removeData?: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy down --env-config environment.yaml              # dry run: says what would go
  understudy down --env-config environment.yaml --execute    # the containers go, the data stay
  understudy down --env-config environment.yaml --remove-data "prodlike/host-a prodlike/host-b" --execute
`;

/** `understudy down`: every host's containers go, the data volumes stay; dry unless told to execute. */
export function downCommand(): Command {
  return new Command("down")
    .description("take every host's containers down and keep the data; a dry run unless --execute is given")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(new Option("--dry-run", "only say what would change; the default").conflicts("execute"))
    .option("--execute", "do it (without it nothing is changed)", false)
    .option(
      "--remove-data <hosts>",
      'remove the data volumes too, FOR GOOD; the words are every host with its environment: "ENVIRONMENT/HOST ENVIRONMENT/HOST"',
    )
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ envConfig: usual, execute, removeData, output }: DownFlags, command: Command) => {
      const envConfig = removeData === undefined ? usual : namedEnvConfig(command);
      const environment = loadEnvironment(envConfig);
      const options = { environment, environmentFile: envConfig, execute, removeData };
      const outcome = await downPair(options, progressWatch(process.stderr));
      const words = removeData === undefined ? "kept" : execute ? "removed" : "that would be removed";
      process.stdout.write(output === "json" ? structured("json", outcome) : lifecycleSummary("down", outcome, words));
      if (!outcome.good) process.exitCode = 1;
    });
}
