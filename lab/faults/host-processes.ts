import { readFileSync } from "node:fs";
import { hostPids } from "../host/cgroup";
import type { LabHost } from "../host/layout";

/** One process of a host, its containers included. */
export interface HostProcess {
  readonly pid: number;
  /** The kernel's name for it: the file it was started as, 15 characters at most. */
  readonly program: string;
  /** `R` runs, `S` and `D` wait, `T` is stopped by a signal, `Z` has ended. */
  readonly state: string;
}

/** Reads the text of /proc/PID/stat; the program's name may itself hold blanks and brackets. */
export function parseStat(text: string): HostProcess | undefined {
  const match = /^(\d+) \((.*)\) (\S)/s.exec(text);
  const [, pid, program, state] = match ?? [];
  return program === undefined || state === undefined ? undefined : { pid: Number(pid), program, state };
}

function processAt(pid: number): HostProcess | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** Finds the processes of a host that a fault is about. Other hosts' and the machine's own are never among them. */
export type Found = (host: LabHost) => readonly HostProcess[];

function liveProcesses(host: LabHost): readonly HostProcess[] {
  return hostPids(host)
    .map(processAt)
    .filter((one) => one !== undefined)
    .filter((one) => one.state !== "Z");
}

/** Live processes of `host` that run one of `programs`. */
export function hostProcesses(host: LabHost, programs: readonly string[]): readonly HostProcess[] {
  return liveProcesses(host).filter((one) => programs.includes(one.program));
}

function isMarked({ pid }: HostProcess, mark: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
  } catch {
    return false;
  }
}

/** Those whose command line holds `mark`: for a program that runs more than once on a host. */
export function markedProcesses(host: LabHost, mark: string): readonly HostProcess[] {
  return liveProcesses(host).filter((one) => isMarked(one, mark));
}

/** Sends `signal` to every one of them, lowest id first: a server's parent before the children it could replace. */
export function signalProcesses(processes: readonly HostProcess[], signal: NodeJS.Signals): void {
  for (const { pid } of processes.toSorted((left, right) => left.pid - right.pid)) {
    try {
      process.kill(pid, signal);
    } catch {
      continue;
    }
  }
}
