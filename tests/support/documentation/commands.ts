import { CommanderError, type Command } from "commander";
import { understudyProgram } from "../../../cli/program";
import type { Page } from "./pages";

function withoutAction(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  if (command.commands.length === 0) command.action(() => undefined);
  command.commands.forEach(withoutAction);
  return command;
}

/** What is wrong with the words after `understudy`; undefined when the command line would be understood. Runs nothing. */
export function usageFault(words: readonly string[]): string | undefined {
  try {
    withoutAction(understudyProgram()).parse(words, { from: "user" });
    return undefined;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? undefined : error.message;
    throw error;
  }
}

/** The words of a command line, its quotes taken away. */
export function splitWords(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** Each `understudy` command line of a page, as the words after the program's name. */
export function understudyCommands({ shellLines, spans }: Page): readonly (readonly string[])[] {
  return [...shellLines.flatMap((line) => line.split("&&")), ...spans]
    .map((line) => splitWords(line.trim().replace(/^exec /, "")))
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
  return new Set(all(understudyProgram()).filter((flag) => flag !== undefined));
}
