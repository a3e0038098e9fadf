import { Command, Option } from "commander";
import { showSettings, type SettingsShown } from "../operator/settings/show-settings";
import { driftWords } from "../operator/settings/drift";
import { adoptDrift, resetDrift, type DriftOutcome } from "../operator/settings/take-drift";
import { loadEnvironment } from "../settings/load-environment";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";
import { textTable } from "./text-table";

interface SettingsFlags {
  readonly envConfig: string;
  readonly adopt?: string;
  readonly reset?: string;
  readonly execute: boolean;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy settings                               # every setting of every service, and where it comes from
  understudy settings --adopt work_mem              # the lines that make a value set by hand the pair's own
  understudy settings --reset work_mem --execute    # takes a value back that was set by hand
`;

/** `understudy settings`: how the stores are set and by whom; takes back what was set by hand, dry unless told to execute. */
export function settingsCommand(): Command {
  return new Command("settings")
    .description("show how the services are set, and by what; adopt or reset what was set by hand")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(
      new Option("--adopt <name>", "print the lines for the environment file that make it the pair's own").conflicts([
        "reset",
        "execute",
      ]),
    )
    .option("--reset <name>", "take back what ALTER SYSTEM or CONFIG SET has set; dry unless --execute is given")
    .addOption(new Option("--dry-run", "only say what would change; the default").conflicts("execute"))
    .option("--execute", "do it (without it nothing is changed)", false)
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ envConfig, adopt, reset, execute, output }: SettingsFlags) => {
      const environment = loadEnvironment(envConfig);
      if (adopt !== undefined || reset !== undefined) {
        const outcome =
          adopt === undefined
            ? await resetDrift(environment, envConfig, reset ?? "", execute)
            : await adoptDrift(environment, envConfig, adopt);
        process.stdout.write(output === "json" ? structured("json", outcome) : driftText(outcome));
        return;
      }
      const shown = await showSettings(environment);
      process.stdout.write(output === "json" ? structured("json", shown) : settingsText(shown));
      if (shown.unread.length > 0) process.exitCode = 1;
    });
}

/** A line a setting, then what was set by hand and what could not be read. */
export function settingsText({ environment, settings, byHand, unread }: SettingsShown): string {
  const hosts = Object.keys(settings[0]?.running ?? {});
  const table = textTable([
    ["SERVICE", "NAME", "DECLARED", "FROM", "TAKES", ...hosts.map((host) => host.toUpperCase())],
    ...settings.map(({ store, name, value, from, takes, running, waiting }) => [
      ...[store, name, value === "" ? "-" : value, from, takes ?? "-"],
      ...hosts.map((host) => `${running[host] ?? "-"}${waiting.includes(host) ? ", waits for a start" : ""}`),
    ]),
  ]);
  return [
    `settings of ${environment}`,
    ...table,
    ...byHand.map((one) => `by hand: ${one.host} ${one.store}: ${driftWords(one)}`),
    ...unread.map((one) => `not read: ${one}`),
    "",
  ].join("\n");
}

/** What was done, or would be, and the lines that an operator adds. */
export function driftText({ mode, name, words, lines, next }: DriftOutcome): string {
  const head = mode === "dry-run" ? `DRY RUN of settings, ${name}: nothing was changed` : `DONE settings, ${name}`;
  return `${[head, ...words.map((one) => `  ${one}`), ...lines, `  next: ${next}`].join("\n")}\n`;
}
