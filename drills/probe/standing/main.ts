import { unlinkSync } from "node:fs";
import { encodeLine, onLines } from "../../hosts/line-process";
import type { ProbeEvent } from "../protocol";
import { StandingConnection } from "./connection";
import { type StandCommand, standCommandSchema } from "./protocol";
import { serveStandingProbe } from "./server";
import { isSocketFile, listenAt, type SocketClaim } from "./socket-file";
import { startStandingSession } from "./standing-probe";
import { messageOf, UserError } from "../../../settings/user-error";

/**
 * Makes `file` free for a probe to listen at: one that a dead process left is removed.
 * @throws UserError saying who listens there
 */
export async function freeSocket(file: string): Promise<void> {
  const held = await StandingConnection.find(file);
  if (held === undefined) {
    if (isSocketFile(file)) unlinkSync(file);
    return;
  }
  try {
    const { run, pid, startedAt, environment, adoptedBy } = await held.describe();
    const holder = `${run} (pid ${pid}) of ${environment}, since ${startedAt}`;
    throw new UserError(
      `a background probe listens at ${file}: ${holder}${adoptedBy === null ? "" : `, adopted by ${adoptedBy}`}`,
      "understudy probe --stop, or a drill with --standing-probe",
      3,
    );
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 3) throw error;
    throw new UserError(`${file} is in use: ${messageOf(error)}`, "understudy probe --socket ANOTHER-FILE");
  } finally {
    held.hangUp();
  }
}

/** How long a probe that was adopted stays when its writing has ended, for whoever finishes it. */
const LINGER_MS = 600_000;

/** Time between two looks at the socket's file: without it nobody can reach this process. */
const LOOK_MS = 1000;

const HELP = "understudy probe --help";

let attached = true;

function quit(code: number): never {
  process.exit(code);
}

/** Told to the process that started this one, as long as it listens. */
function say(event: ProbeEvent): void {
  if (process.stdout.writable) process.stdout.write(encodeLine(event));
}

function endWithSocket(claim: SocketClaim): void {
  process.on("exit", () => {
    claim.release();
  });
  setInterval(() => {
    if (claim.isOurs()) return;
    process.stderr.write("probe: its socket's file was taken away\n");
    quit(1);
  }, LOOK_MS);
}

async function stand(command: StandCommand): Promise<void> {
  await freeSocket(command.socket);
  const probe = startStandingSession(command);
  const listening = serveStandingProbe({ ...probe, end: () => quit(0) });
  endWithSocket(await listenAt(listening.server, command.socket));
  say({ event: "listening" });
  void probe.session.stopped.then(() => {
    if (!listening.isAdopted) quit(0);
    setTimeout(() => quit(1), LINGER_MS);
  });
  const reason = await probe.session.readiness;
  say(reason === undefined ? { event: "ready" } : { event: "not-ready", reason: probe.describe().notReady ?? reason });
}

function refuse(error: unknown): void {
  const { next, exitCode } = error instanceof UserError ? error : new UserError("", HELP);
  say({ event: "refused", reason: messageOf(error), next, exitCode });
}

function parseCommand(line: string): StandCommand | undefined {
  try {
    const parsed = standCommandSchema.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
    const issues = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
    refuse(new UserError(`the probe's options are wrong: ${issues}`, HELP, 2));
  } catch {
    refuse(new UserError("the probe's options are not JSON", HELP, 2));
  }
  return undefined;
}

onLines(process.stdin, (line) => {
  const command = parseCommand(line);
  if (command === undefined) return quit(2);
  attached = command.attached;
  stand(command).catch((error: unknown) => {
    refuse(error);
    quit(1);
  });
});
for (const end of ["end", "close", "error"] as const) {
  process.stdin.on(end, () => {
    if (attached) quit(0);
  });
}
// Ctrl-C at a terminal reaches every process of the group; the one that started this decides, and this ends with it.
process.on("SIGINT", () => undefined);
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => quit(1));
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
