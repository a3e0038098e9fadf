import { messageOf } from "../user-error";
import { encodeLine, onLines } from "../line-messages";
import { probeCommandSchema, type ProbeEvent } from "./protocol";
import { startSession, type ProbeSession } from "./session";

/** How long a probe that has stopped by itself waits for `finish` before it gives its samples up. */
const LINGER_MS = 600_000;

let session: ProbeSession | undefined;

function report(line: string): void {
  process.stderr.write(`probe: ${line}\n`);
}

function say(event: ProbeEvent, then?: () => void): void {
  process.stdout.write(encodeLine(event), then);
}

function quit(code: number): never {
  process.exit(code);
}

/** A command is JSON with passwords in it: what is wrong is told by path, never by quoting it. */
function parseCommand(line: string) {
  try {
    return probeCommandSchema.safeParse(JSON.parse(line));
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
  } else if (command.command === "finish" && session !== undefined) {
    say({ event: "evidence", evidence: await session.finish(command.readFrom) }, () => quit(0));
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
