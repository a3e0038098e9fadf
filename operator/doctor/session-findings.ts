import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { bounded } from "../../drills/hosts/bounded";
import { sshArguments } from "../../drills/hosts/engine";
import { SERVICE_NAMES } from "../../settings/services";
import type { NamedHost } from "../../settings/pair";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "ssh sessions";

/**
 * As many sessions to one host as an `up` may have at once: Docker's provider has one for each container and its image, and our
 * own reading of the engine has up to eight.
 */
export const SESSIONS = 2 * SERVICE_NAMES.length + 8;

const ANSWER_MS = 20_000;
/** OpenSSH's own exit code: no command ran on the host. */
const SSH_ITSELF = 255;

/** What became of the sessions that were opened at once. */
export interface SessionsTried {
  readonly opened: number;
  /** Those that sshd did not let in. */
  readonly refused: number;
  /** Those that were neither let in nor refused in time. */
  readonly silent: number;
  /** Whether this machine's ssh puts its sessions into one connection, which `MaxSessions` is about. */
  readonly shared: boolean;
}

/**
 * Opens that many sessions at once, keeps each until all have been let in or refused, and counts; on the host it runs `cat`
 * alone. What sshd is told it says to nobody from outside, so it is tried. Never throws.
 */
export async function trySessions(
  host: Pick<NamedHost, "docker" | "ssh_config">,
  count: number,
  withinMs = ANSWER_MS,
): Promise<SessionsTried> {
  const shared = await sharesConnection(host);
  const children = Array.from({ length: count }, () =>
    spawn("ssh", sshArguments(host, [], ["echo in; exec cat"]), { stdio: ["pipe", "pipe", "ignore"] }),
  );
  const answers = children.map(
    (child) =>
      new Promise<"opened" | "refused">((resolve) => {
        child.stdin.on("error", () => undefined);
        child.stdout.once("data", () => resolve("opened"));
        child.on("error", () => resolve("refused"));
        // Whatever else ends it has been let in.
        child.on("exit", (code) => resolve(code === SSH_ITSELF ? "refused" : "opened"));
      }),
  );
  const within = answers.map((answer) => bounded("ssh", withinMs, answer).catch(() => "silent" as const));
  try {
    const all = await Promise.all(within);
    const of = (what: (typeof all)[number]): number => all.filter((one) => one === what).length;
    return { opened: of("opened"), refused: of("refused"), silent: of("silent"), shared };
  } finally {
    for (const child of children) {
      child.stdin.end();
      child.kill();
      child.stdout.destroy();
    }
  }
}

/** Asks this machine's ssh for its own configuration; nothing is opened. */
async function sharesConnection(host: Pick<NamedHost, "docker" | "ssh_config">): Promise<boolean> {
  const child = spawn("ssh", sshArguments(host, ["-G"]), { stdio: ["ignore", "pipe", "ignore"] });
  const words = await text(child.stdout).catch(() => "");
  const value = (name: string): string => new RegExp(`^${name} (.*)$`, "m").exec(words)?.[1] ?? "none";
  return value("controlpath") !== "none" && value("controlmaster") !== "false";
}

/** What is said of them. Pure. */
export function sessionFinding(host: string, { opened, refused, silent, shared }: SessionsTried): Finding {
  const count = opened + refused + silent;
  const settings = shared
    ? "MaxStartups 100:30:200, and MaxSessions 100, since this machine's ssh puts its sessions into one connection"
    : "MaxStartups 100:30:200";
  const fix = `on ${host}, in sshd's configuration: ${settings}; then reload sshd`;
  if (opened === 0) return unknown(CHECK, host, "none of them was let in", `understudy doctor, once ssh answers`);
  if (refused > 0)
    return problem(
      CHECK,
      host,
      `of ${count} sessions at once, as an up has them, sshd refused ${refused}: a host that is well then looks silent, by chance`,
      fix,
    );
  if (silent > 0) return unknown(CHECK, host, `of ${count} sessions at once ${silent} were not answered in time`, fix);
  return good(CHECK, host, `its sshd takes ${count} at once`);
}

/** Whether a host's sshd takes as many sessions at once as an `up` has. */
export async function sessionFindings(host: NamedHost): Promise<readonly Finding[]> {
  return [sessionFinding(host.name, await trySessions(host, SESSIONS))];
}
