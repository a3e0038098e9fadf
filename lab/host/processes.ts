import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import * as path from "node:path";
import { LAB_HOSTS } from "./layout";
import { LAB_FOLDER } from "../../settings/lab-folder";
import { waitUntil } from "./wait";

/** One running process, as /proc shows it. */
export interface Process {
  readonly pid: number;
  /** Base name of the file it runs, such as `dockerd`. */
  readonly program: string;
  readonly commandLine: string;
  /** Inode of its network namespace; 0 when it cannot be read. */
  readonly networkNamespace: number;
}

/** A process of a container, or of another lab in a container, is none of this machine's own. */
function ofThisMachine(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync("/proc/self/ns/pid");
}

function fromProc(pid: number): Process | undefined {
  try {
    if (!ofThisMachine(pid)) return undefined;
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    const program = path.basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ""));
    const networkNamespace = Number(/\d+/.exec(readlinkSync(`/proc/${pid}/ns/net`))?.[0] ?? 0);
    return { pid, program, commandLine, networkNamespace };
  } catch {
    return undefined;
  }
}

/** Every user-space process of this machine; zombies and kernel threads have no program and are left out. */
export function processes(): readonly Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => fromProc(Number(name)))
    .filter((one) => one !== undefined);
}

/** Programs the lab starts, by themselves or through each other. A text editor that shows a lab file is none of them. */
const LAB_PROGRAMS: readonly RegExp[] = [
  /^dockerd$/,
  /^containerd$/,
  /^containerd-shim/,
  /^docker-proxy$/,
  /^docker-registry$/,
  /^runc$/,
  /^sshd/,
  /^ssh$/,
];

/** Whether a process is of the lab: a program the lab starts, with the lab's folder on its command line. */
export function isLabProcess(one: Pick<Process, "program" | "commandLine">): boolean {
  const ours = LAB_PROGRAMS.some((pattern) => pattern.test(one.program));
  return ours && one.commandLine.includes(`${LAB_FOLDER}/`);
}

/** Processes that run `program` with `marker` on their command line: what is really there, whatever a pid file says. */
export function processesOf(program: string, marker: string): readonly Process[] {
  return processes().filter((one) => one.program === program && one.commandLine.includes(marker));
}

/** Inode of a network namespace by its file; undefined when the file is missing. */
export function namespaceInode(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/** Every process of the lab: by program and command line, or because it lives in one of the hosts' namespaces. */
export function labProcesses(): readonly Process[] {
  const own = namespaceInode("/proc/self/ns/net");
  const inodes = LAB_HOSTS.map((host) => namespaceInode(host.namespaceFile)).filter((inode) => inode !== own);
  return processes().filter((one) => isLabProcess(one) || inodes.includes(one.networkNamespace));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return;
  }
}

/** Whether any of these process ids still runs; a zombie does not. */
function anyAlive(pids: readonly number[]): boolean {
  return pids.some((pid) => fromProc(pid) !== undefined);
}

/** Ends these processes: SIGTERM, then after `graceMs` milliseconds SIGKILL; returns when they are gone. */
export async function terminate(pids: readonly number[], graceMs: number): Promise<void> {
  if (graceMs > 0) {
    pids.forEach((pid) => signal(pid, "SIGTERM"));
    if (await waitUntil(() => !anyAlive(pids), graceMs, 50)) return;
  }
  pids.forEach((pid) => signal(pid, "SIGKILL"));
  await waitUntil(() => !anyAlive(pids), 5_000, 50);
}
