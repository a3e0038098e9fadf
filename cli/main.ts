import { CommanderError, type Command } from "commander";
import { UserError, messageOf } from "../settings/user-error";
import { EnvironmentError } from "../settings/load-environment";
import { outliveReaders } from "./broken-pipe";
import { understudyProgram } from "./program";
import { tellLoki } from "./tell-loki";

/** Exit codes: 0 done, 1 failed, 2 nothing could be verified or bad usage, 3 refused as unsafe, 141 done but not read to its end. */
async function main(): Promise<void> {
  outliveReaders();
  let tell: (() => Promise<void>) | undefined;
  try {
    const program = understudyProgram(process.argv[2]);
    answerBadUsage(program, "understudy");
    tell = tellLoki(program);
    await program.parseAsync();
  } catch (error) {
    process.exitCode = explain(error);
  }
  await tell?.();
}

/** Bad usage of any verb: one line, the next command, and an error that `explain` knows. */
function answerBadUsage(command: Command, words: string): void {
  command
    .exitOverride()
    .showHelpAfterError(`next: ${words} --help`)
    .configureOutput({ outputError: (text, write) => write(text.trimEnd().replaceAll("\n", " ") + "\n") });
  for (const verb of command.commands) answerBadUsage(verb, `${words} ${verb.name()}`);
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
