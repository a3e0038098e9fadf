import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import type { LabHost } from "./layout";
import { waitUntil } from "./wait";

const ROOT = "/sys/fs/cgroup";

/** Control groups come in two versions; the lab needs from either only "hold all of a host, freeze it, kill it". */
export type CgroupVersion = "v1" | "v2";

/** The version this machine runs. */
export function cgroupVersion(): CgroupVersion {
  return existsSync(path.join(ROOT, "cgroup.controllers")) ? "v2" : "v1";
}

/** The hierarchy in which the lab keeps a host's processes together: the freezer of v1, the only one of v2. */
function hostFolder(host: LabHost): string {
  return path.join(ROOT, cgroupVersion() === "v1" ? "freezer" : "", host.cgroup);
}

/** The file that stops and resumes all of a host, and the two words it takes. */
export interface Freezer {
  readonly folder: string;
  readonly file: string;
  readonly frozen: string;
  readonly thawed: string;
}

/** How all of a host is frozen on this machine. */
export function freezerOf(host: LabHost): Freezer {
  const words =
    cgroupVersion() === "v1"
      ? { file: "freezer.state", frozen: "FROZEN", thawed: "THAWED" }
      : { file: "cgroup.freeze", frozen: "1", thawed: "0" };
  return { folder: hostFolder(host), ...words };
}

/** What a host's group of processors counts beside everything else here, eight times the usual. */
const WEIGHTS = { v1: ["cpu", "cpu.shares", "8192"], v2: ["", "cpu.weight", "800"] } as const;

/**
 * A host stands for a machine of its own: what a command of the operator computes here must not take its processors away.
 * Where this machine does not weigh groups, nothing is done.
 */
function weighHost(host: LabHost): void {
  const [hierarchy, file, weight] = WEIGHTS[cgroupVersion()];
  try {
    const folder = path.join(ROOT, hierarchy, host.cgroup);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, file), weight);
  } catch {
    return;
  }
}

/** Makes the host's group for its engine and sshd, and returns the file a process writes its id to in order to enter it. */
export function systemGroup(host: LabHost): string {
  weighHost(host);
  const folder = path.join(hostFolder(host), "system");
  mkdirSync(folder, { recursive: true });
  return path.join(folder, "cgroup.procs");
}

/** Folders of a group and all groups below it, deepest first. */
function withDescendants(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => withDescendants(path.join(folder, entry.name))), folder];
}

function pidsIn(folder: string): number[] {
  try {
    return readFileSync(path.join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Process ids of everything that runs on a host: engine, sshd and its sessions, shims, all containers. */
export function hostPids(host: LabHost): number[] {
  return withDescendants(hostFolder(host)).flatMap(pidsIn);
}

/** Stops or resumes the whole host between two instructions, so that no process can act on another one's end. */
export function freezeHost(host: LabHost, frozen: boolean): void {
  const freezer = freezerOf(host);
  if (!existsSync(freezer.folder)) return;
  writeFileSync(path.join(freezer.folder, freezer.file), frozen ? freezer.frozen : freezer.thawed);
}

function killFrozen(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      continue;
    }
  }
}

/**
 * Kills every process of the host while none of them runs, so that nothing shuts down in order. The links stay: this is for a host that
 * is taken away; `power-switch.ts` is what a power loss is.
 * @returns false when something of the host still runs after five seconds.
 */
export async function powerOff(host: LabHost): Promise<boolean> {
  return waitUntil(
    () => {
      if (hostPids(host).length === 0) return true;
      freezeHost(host, true);
      killFrozen(hostPids(host));
      freezeHost(host, false);
      return hostPids(host).length === 0;
    },
    5_000,
    50,
  );
}

/** Folders of the host's group in every hierarchy: container engines make their groups in all of them. */
export function cgroupFolders(host: LabHost): readonly string[] {
  const roots = cgroupVersion() === "v2" ? [ROOT] : readdirSync(ROOT).map((name) => path.join(ROOT, name));
  return roots.map((root) => path.join(root, host.cgroup)).filter((folder) => existsSync(folder));
}

/** Removes the host's empty groups; a group that still holds a process stays. */
export function removeCgroups(host: LabHost): void {
  for (const folder of cgroupFolders(host).flatMap(withDescendants)) {
    try {
      rmdirSync(folder);
    } catch {
      continue;
    }
  }
}
