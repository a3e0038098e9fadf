import { spawnSync } from "node:child_process";

/** What a program left: its exit code (null when it was killed) and all that it said, on either stream. */
export interface ProgramRun {
  readonly code: number | null;
  readonly said: string;
}

/** Runs a program of the tool chain to its end. @throws Error when it is not there */
export function runProgram(program: string, ...words: readonly string[]): ProgramRun {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: "utf8", timeout: 60_000 });
  if (error) throw error;
  return { code: status, said: stdout + stderr };
}
