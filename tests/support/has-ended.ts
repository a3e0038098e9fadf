import type { ChildProcess } from "node:child_process";

/** Whether it has ended, by itself or by a signal: of a process that a signal ended, `exitCode` stays null. */
export function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
