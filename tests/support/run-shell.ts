import { spawnSync } from "node:child_process";

/** What a shell script left. */
export interface ShellRun {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a script with the shell's `-eu`, in a folder; HOME is that folder, so that no tool finds settings of anybody's. */
export function runShell(folder: string, script: string, timeoutMs = 60_000): ShellRun {
  const { status, stdout, stderr } = spawnSync("sh", ["-eu", "-c", script], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: folder },
    timeout: timeoutMs,
  });
  return { code: status, out: stdout, err: stderr };
}
