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

/** Live processes of `host` that run one of `programs`. Other hosts' and the machine's own are never among them. */
export function hostProcesses(host: LabHost, programs: readonly string[]): readonly HostProcess[] {
  return hostPids(host)
    .map(processAt)
    .filter((one) => one !== undefined)
    .filter((one) => one.state !== "Z" && programs.includes(one.program));
}

/** Sends `signal` to every such process, lowest id first: a server's parent before the children it could replace. */
export function signalPrograms(host: LabHost, programs: readonly string[], signal: NodeJS.Signals): void {
  const pids = hostProcesses(host, programs).map((one) => one.pid);
  for (const pid of pids.sort((left, right) => left - right)) {
    try {
      process.kill(pid, signal);
    } catch {
      continue;
    }
  }
}
