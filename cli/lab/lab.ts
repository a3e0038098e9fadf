import { Command, Option } from "commander";
import { labDown, labLeftovers } from "../../lab/host/down";
import { LAB_FOLDER } from "../../settings/lab-folder";
import type { Progress } from "../../lab/host/progress";
import { labStatus, statusTable } from "../../lab/host/status";
import { labUp } from "../../lab/host/up";
import { labBenchCommand } from "./bench";
import { labDrillCommand } from "./drill";
import { labFaultCommands } from "./fault";
import { labMatrixCommand } from "./matrix";
import { outputOption, structured, type TextOrJson } from "../structured-output";

const toStderr: Progress = (line) => process.stderr.write(`${line}\n`);

interface StatusOptions {
  readonly output: "table" | "json";
}

async function showStatus({ output }: StatusOptions): Promise<void> {
  const status = await labStatus();
  process.stdout.write(output === "json" ? structured(output, status) : `${statusTable(status).join("\n")}\n`);
  if (!status.up) process.exitCode = 1;
}

/** `understudy lab …`: two real Docker hosts on this machine. */
export function labCommand(): Command {
  const lab = new Command("lab")
    .description("two real Docker hosts on this Linux machine, as root")
    .addHelpText("before", "Example:\n  understudy lab up && understudy lab drill\n");
  lab
    .command("up")
    .description("bring the lab up, or repair what is not as it should be; safe to run again")
    .addOption(outputOption())
    .addHelpText("before", "Example:\n  understudy lab up\n")
    .action(async ({ output }: { output: TextOrJson }) => {
      await labUp(toStderr);
      if (output === "json") process.stdout.write(structured(output, await labStatus()));
    });
  lab
    .command("down")
    .description("remove the lab AND ALL DATA on its two hosts; cached images stay")
    .addOption(outputOption())
    .addHelpText("before", "Example:\n  understudy lab down\n")
    .action(async ({ output }: { output: TextOrJson }) => {
      await labDown(toStderr);
      if (output === "json") {
        process.stdout.write(structured(output, { folder: LAB_FOLDER, leftovers: await labLeftovers() }));
      }
    });
  lab
    .command("status")
    .description("show every part and container; exit 0 when the lab is up, 1 when something is missing")
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("before", "Example:\n  understudy lab status --output json\n")
    .action(showStatus);
  for (const verb of [labDrillCommand(), labBenchCommand(), labMatrixCommand(), ...labFaultCommands()])
    lab.addCommand(verb);
  return lab;
}
