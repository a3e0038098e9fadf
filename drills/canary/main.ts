import { constants, setPriority } from "node:os";
import { encodeLine, onLines } from "../line-messages";
import { messageOf } from "../user-error";
import { canaryCommandSchema, type CanaryEvent } from "./protocol";
import { startSession, type CanarySession } from "./session";

/** How long a canary that has stopped by itself waits for `finish` before it gives its counts up. */
const LINGER_MS = 600_000;

// The stores come first, always: what this process costs them is what is left over.
setPriority(constants.priority.PRIORITY_LOW);

let session: CanarySession | undefined;

function report(line: string): void {
  process.stderr.write(`canary: ${line}\n`);
}

function say(event: CanaryEvent, then?: () => void): void {
  process.stdout.write(encodeLine(event), then);
}

function quit(code: number): never {
  process.exit(code);
}

/** A command is JSON with a password in it: what is wrong is told by path, never by quoting it. */
function parseCommand(line: string) {
  try {
    return canaryCommandSchema.safeParse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

async function obey(line: string): Promise<void> {
  const parsed = parseCommand(line);
  if (parsed?.success !== true) {
    const issues = parsed?.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`) ?? ["not JSON"];
    report(`bad command: ${issues.join("; ")}`);
    return quit(2);
  }
  const command = parsed.data;
  if (command.command === "start" && session === undefined) {
    session = startSession(command.options, report);
    setTimeout(() => quit(1), command.options.maxDurationMs + LINGER_MS).unref();
    const reason = await session.readiness;
    say(reason === undefined ? { event: "ready" } : { event: "not-ready", reason });
  } else if (command.command === "move" && session !== undefined) {
    await session.move(command.service, command.host);
    say({ event: "moved", service: command.service });
  } else if (command.command === "finish" && session !== undefined) {
    say({ event: "report", report: await session.finish(command.readFrom) }, () => quit(0));
  } else {
    report(`"${command.command}" out of turn`);
    quit(2);
  }
}

onLines(process.stdin, (line) => {
  obey(line).catch((error: unknown) => {
    report(messageOf(error));
    quit(1);
  });
});
for (const end of ["end", "close", "error"] as const) process.stdin.on(end, () => quit(1));
// Ctrl-C at a terminal reaches every process of the group; the drill goes on until its own process ends, and so does this.
process.on("SIGINT", () => undefined);
process.stdout.on("error", () => quit(1));
