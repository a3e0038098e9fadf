import { Command } from "commander";
import { resolvedValues, type ResolvedValue } from "../operator/environment/resolved";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { textTable } from "./text-table";

interface ShowFlags {
  readonly envConfig: string;
  readonly output: TextOrJson;
}

const EXAMPLE = "Example:\n  understudy environment show --env-config environment.yaml\n";

/** `understudy environment`: the environment file as every verb takes it. */
export function environmentCommand(): Command {
  const show = new Command("show")
    .description("print every value of the environment with the file, the variable or the default that it comes from")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE)
    .action(({ envConfig, output }: ShowFlags) => {
      const values = resolvedValues(envConfig);
      process.stdout.write(
        output === "json" ? structured("json", { schema: 1, file: envConfig, values }) : environmentText(values),
      );
    });
  return new Command("environment")
    .description("look at the environment file: what it extends, its variables, its defaults")
    .addHelpText("before", EXAMPLE)
    .addCommand(show);
}

/** A line a value. */
export function environmentText(values: readonly ResolvedValue[]): string {
  const rows = values.map(({ field, value, from, variables }) => [
    field,
    typeof value === "string" ? value : JSON.stringify(value),
    variables.length === 0 ? from : `${from}, ${variables.map((name) => `\${${name}}`).join(", ")}`,
  ]);
  return `${textTable([["FIELD", "VALUE", "FROM"], ...rows]).join("\n")}\n`;
}
