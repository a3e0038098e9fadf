import { hostname } from "node:os";
import { Command, Option } from "commander";
import { announce } from "../operator/notify/announce";
import { failedUnitMessage, testMessage } from "../operator/notify/message";
import { openReceivers } from "../operator/notify/open-receivers";
import { toldAlready } from "../operator/notify/told-already";
import { tell, type Announced } from "../operator/notify/send";
import { loadEnvironment } from "../settings/load-environment";
import { UserError } from "../settings/user-error";
import { defaultEnvConfig } from "./env-config";
import { outputOption, structured, type TextOrJson } from "./structured-output";

interface NotifyFlags {
  readonly envConfig: string;
  readonly test: boolean;
  readonly failed?: string;
  readonly unlessTold?: string;
  readonly output: TextOrJson;
}

const EXAMPLE = `
Examples:
  understudy notify --env-config configs/deploy/environments/lab.yaml           # who would be told; sends nothing
  understudy notify --env-config configs/deploy/environments/lab.yaml --test    # sends each of them a test message
`;

/** `understudy notify`: who is told of drills and alerts, and whether that works. */
export function notifyCommand(): Command {
  return new Command("notify")
    .description("list who is told of drills and alerts; --test sends each a message (exit 0 all were told, 1 not)")
    .option("--env-config <file>", "the environment file", defaultEnvConfig())
    .addOption(
      new Option("--test", "send a test message to every receiver, those with `deadman` too")
        .default(false)
        .conflicts("failed"),
    )
    .option("--failed <unit>", "say that this unit failed: for OnFailure= of systemd")
    .option("--unless-told <folder>", "with --failed: not where the record of a drill there says that it was announced")
    .addOption(outputOption())
    .addHelpText("before", EXAMPLE.trimStart())
    .action(async ({ envConfig, test, failed, unlessTold, output }: NotifyFlags) => {
      const environment = loadEnvironment(envConfig);
      if (environment.notify === undefined) throw nobody(envConfig);
      if (!test && failed === undefined) {
        const listed = (await openReceivers(environment)).map(({ name, receiver: { form, deadman } }) => ({
          ...{ receiver: name, form, deadman },
        }));
        const lines = listed.map(
          ({ receiver, form, deadman }) => `${receiver}  ${form}${deadman ? "  deadman: the Watchdog alone" : ""}\n`,
        );
        process.stdout.write(output === "json" ? structured("json", listed) : lines.join(""));
        return;
      }
      if (failed !== undefined && unlessTold !== undefined && (await toldAlready(failed, unlessTold, new Date()))) {
        process.stdout.write(output === "json" ? structured("json", []) : `${failed} was announced by itself\n`);
        return;
      }
      const told =
        failed === undefined
          ? await Promise.all(
              (await openReceivers(environment)).map((one) => tell(one, testMessage(environment.name, hostname()))),
            )
          : await announce(environment, failedUnitMessage(environment.name, failed, hostname()));
      process.stdout.write(output === "json" ? structured("json", told) : toldLines(told));
      if (told.some(({ ok }) => !ok)) process.exitCode = 1;
    });
}

function toldLines(told: readonly Announced[]): string {
  return told.map(({ receiver, ok, detail }) => `${ok ? "told" : "NOT TOLD"}  ${receiver}: ${detail}\n`).join("");
}

function nobody(envConfig: string): UserError {
  return new UserError(
    `${envConfig} has no section notify: nobody is told`,
    "add notify.receivers to the environment file",
    2,
  );
}
