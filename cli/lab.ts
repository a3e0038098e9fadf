import { Command, Option } from "commander";
import { labDown } from "../lab/down";
import type { Progress } from "../lab/progress";
import { labStatus } from "../lab/status";
import { statusTable } from "../lab/status-table";
import { labUp } from "../lab/up";

const toStderr: Progress = (line) => process.stderr.write(`${line}\n`);

interface StatusOptions {
  readonly output: "table" | "json";
}

async function showStatus({ output }: StatusOptions): Promise<void> {
  const status = await labStatus();
  const text = output === "json" ? JSON.stringify(status, undefined, 2) : statusTable(status).join("\n");
  process.stdout.write(`${text}\n`);
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
    .addHelpText("before", "Example:\n  understudy lab up\n")
    .action(() => labUp(toStderr));
  lab
    .command("down")
    .description("remove the lab AND ALL DATA on its two hosts; cached images stay")
    .addHelpText("before", "Example:\n  understudy lab down\n")
    .action(() => labDown(toStderr));
  lab
    .command("status")
    .description("show every part and container; exit 0 when the lab is up, 1 when something is missing")
    .addOption(new Option("--output <format>", "how to print it").choices(["table", "json"]).default("table"))
    .addHelpText("before", "Example:\n  understudy lab status --output json\n")
    .action(showStatus);
  return lab;
}
