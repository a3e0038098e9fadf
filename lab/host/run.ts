import { execFile } from "node:child_process";

/** The administrator's folders are not on every root shell's PATH; `ip`, `iptables`, `sshd` and `dockerd` are in them. */
export const LAB_PATH = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin`;

/** A fault of the lab itself: a whole sentence for the operator, with the next command in it. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** How a command of the lab runs, and what is said when it fails. */
export interface RunOptions {
  /** Longest time the command may take, in milliseconds; it is killed after that. Default 10 s. */
  readonly timeoutMs?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What the operator does when this command fails. Default: look at the lab's status. */
  readonly next?: string;
}

/** What became of a command that may fail. `code` is null when it did not start or was killed. */
export interface RunResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one external command without a shell, and never throws for its exit code. */
export function attempt(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const timeout = options.timeoutMs ?? 10_000;
  return new Promise((resolve) => {
    const child = execFile(
      command,
      [...args],
      {
        timeout,
        killSignal: "SIGKILL",
        maxBuffer: 32 * 1024 * 1024,
        cwd: options.cwd,
        env: { ...process.env, PATH: LAB_PATH, ...options.env },
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ code: 0, stdout, stderr });
        if (error.killed === true) return resolve({ code: null, stdout, stderr: `no end after ${timeout} ms` });
        if (typeof error.code !== "number") return resolve({ code: null, stdout, stderr: stderr || error.message });
        return resolve({ code: error.code, stdout, stderr });
      },
    );
    child.stdin?.end();
  });
}

/**
 * Runs one external command and returns its stdout.
 * @throws LabError with the command, its stderr and the next command, when it fails or takes too long.
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code === 0) return result.stdout;
  const reason = (result.stderr.trim() || result.stdout.trim() || `exit code ${result.code}`).split("\n").slice(-4);
  const next = options.next ?? "understudy lab status";
  throw new LabError(`\`${[command, ...args].join(" ")}\` failed: ${reason.join(" / ")}; next: ${next}`);
}

/** Runs a command and says only whether it succeeded. */
export async function succeeds(command: string, args: readonly string[], options?: RunOptions): Promise<boolean> {
  return (await attempt(command, args, options)).code === 0;
}
