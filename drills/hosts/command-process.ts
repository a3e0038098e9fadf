import type { z } from "zod";
import { encodeLine, onLines } from "./line-process";
import { messageOf } from "../../settings/user-error";

/** How long a process that has stopped by itself waits for its last command before it gives up what it has. */
export const LINGER_MS = 600_000;

/** What a command does with the process it came to. */
export interface CommandProcess<Event extends object> {
  /** Tells the parent, on stdout; `then` runs when it was written. */
  readonly say: (event: Event, then?: () => void) => void;
  /** Words for people, on stderr. */
  readonly report: (line: string) => void;
  readonly quit: (code: number) => never;
  /** Ends the process: a command that has no place here. */
  readonly outOfTurn: (command: string) => never;
}

/**
 * Makes this process a drill's helper: a JSON command a line on stdin, a JSON event a line on stdout. It ends with its
 * parent, with 1 when a command fails, and with 2 at a command that it does not understand.
 * @param obey carries one command out
 */
export function serveCommands<Command, Event extends object>(
  name: string,
  schema: z.ZodType<Command>,
  obey: (command: Command, self: CommandProcess<Event>) => Promise<void>,
): void {
  const quit = (code: number): never => process.exit(code);
  const report = (line: string): void => void process.stderr.write(`${name}: ${line}\n`);
  const self: CommandProcess<Event> = {
    say: (event, then) => void process.stdout.write(encodeLine(event), then),
    report,
    quit,
    outOfTurn: (command) => {
      report(`"${command}" out of turn`);
      return quit(2);
    },
  };

  async function hear(line: string): Promise<void> {
    const parsed = parseCommand(schema, line);
    if (parsed?.success === true) return obey(parsed.data, self);
    const issues = parsed?.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? ["not JSON"];
    report(`bad command: ${issues.join("; ")}`);
    quit(2);
  }

  onLines(process.stdin, (line) => {
    hear(line).catch((error: unknown) => {
      report(messageOf(error));
      quit(1);
    });
  });
  for (const end of ["end", "close", "error"] as const) process.stdin.on(end, () => quit(1));
  // Ctrl-C at a terminal reaches every process of the group; the drill goes on until its own process ends, and so does this.
  process.on("SIGINT", () => undefined);
  process.stdout.on("error", () => quit(1));
}

/** A command is JSON with passwords in it: what is wrong is told by path, never by quoting it. */
function parseCommand<Command>(schema: z.ZodType<Command>, line: string) {
  try {
    return schema.safeParse(JSON.parse(line));
  } catch {
    return undefined;
  }
}
