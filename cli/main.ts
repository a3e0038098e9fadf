import { Command, CommanderError } from "commander";
import { UserError, messageOf } from "../drills/user-error";
import { EnvironmentError } from "../settings/load-environment";
import { failoverCommand } from "./failover";
import { labCommand } from "./lab";
import { labBenchCommand } from "./lab-bench";
import { labDrillCommand } from "./lab-drill";
import { releaseCommand } from "./release";
import { statusCommand } from "./status";
import { verifyCommand } from "./verify";

/** Exit codes: 0 done, 1 failed, 2 nothing could be verified or bad usage, 3 refused as unsafe. */
async function main(): Promise<void> {
  const program = new Command("understudy")
    .description("proves that the standby Docker host can take over")
    .showHelpAfterError("(understudy --help shows every verb)")
    .exitOverride();
  for (const command of [
    failoverCommand(),
    verifyCommand(),
    statusCommand(),
    releaseCommand(),
    labCommand().addCommand(labDrillCommand()).addCommand(labBenchCommand()),
  ]) {
    program.addCommand(command.exitOverride());
    for (const verb of command.commands) verb.exitOverride();
  }
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof UserError) {
    process.stderr.write(`error: ${error.message}\nnext: ${error.next}\n`);
    return error.exitCode;
  }
  if (error instanceof EnvironmentError) {
    process.stderr.write(
      `error: ${error.message.replaceAll("\n", "\nerror: ")}\nnext: correct the file and run the command again\n`,
    );
    return 2;
  }
  process.stderr.write(`error: ${messageOf(error)}\n`);
  if (process.env["UNDERSTUDY_DEBUG"] && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
  return 1;
}

void main();
