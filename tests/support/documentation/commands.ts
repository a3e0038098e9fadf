import { CommanderError, Command } from "commander";
import { acceptCommand } from "../../../cli/accept";
import { failoverCommand } from "../../../cli/failover";
import { historyCommand } from "../../../cli/history";
import { labCommand } from "../../../cli/lab";
import { labBenchCommand } from "../../../cli/lab-bench";
import { labDrillCommand } from "../../../cli/lab-drill";
import { labFaultCommands } from "../../../cli/lab-fault";
import { probeCommand } from "../../../cli/probe";
import { rejoinCommand } from "../../../cli/rejoin";
import { releaseCommand } from "../../../cli/release";
import { reportCommand } from "../../../cli/report";
import { statusCommand } from "../../../cli/status";
import { verifyCommand } from "../../../cli/verify";
import type { Page } from "./pages";

function withoutAction(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(withoutAction);
  return command;
}

/** The verbs of `cli/main.ts`, which starts the program when it is imported; a test compares the two. */
function understudy(): Command {
  const program = new Command("understudy");
  const lab = labCommand();
  for (const command of [labDrillCommand(), labBenchCommand(), ...labFaultCommands()]) lab.addCommand(command);
  for (const command of [
    failoverCommand(),
    verifyCommand(),
    reportCommand(),
    acceptCommand(),
    historyCommand(),
    statusCommand(),
    releaseCommand(),
    probeCommand(),
    rejoinCommand(),
    lab,
  ]) {
    program.addCommand(command);
  }
  return withoutAction(program);
}

/** What is wrong with the words after `understudy`; undefined when the command line would be understood. Runs nothing. */
export function usageFault(words: readonly string[]): string | undefined {
  try {
    understudy().parse(words, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
}

function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** Each `understudy` command line of a page, as the words after the program's name. */
export function understudyCommands({ shellLines, spans }: Page): readonly (readonly string[])[] {
  return [...shellLines.flatMap((line) => line.split("&&")), ...spans]
    .map((line) => splitWords(line.trim()))
    .filter(([program, verb]) => /^(bin\/)?understudy$/.test(program ?? "") && verb !== undefined)
    .map(([, ...words]) => words);
}

/** Each flag that stands alone in a code span, such as `--to host-b`. */
export function loneFlags({ spans }: Page): readonly string[] {
  return spans.flatMap((span) => /^--[a-z-]+/.exec(span)?.[0] ?? []);
}

/** Every long flag of every verb. */
export function knownFlags(): ReadonlySet<string> {
  const all = (command: Command): readonly (string | undefined)[] => [
    ...command.options.map((option) => option.long),
    ...command.commands.flatMap(all),
  ];
  return new Set(all(understudy()).filter((flag) => flag !== undefined));
}
