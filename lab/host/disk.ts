import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import type { LabHost } from "./layout";
import type { Part } from "./progress";
import { attempt, LabError, run } from "./run";

/** Mount points below `folder` in the text of /proc/self/mountinfo, deepest and newest first: the order to unmount in. */
export function mountsUnder(folder: string, mountinfo: string): readonly string[] {
  return mountinfo
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((point) => point !== undefined)
    .map((point) => point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((point) => point === folder || point.startsWith(`${folder}/`))
    .reverse();
}

/** Mount points below `folder` now. */
export function currentMountsUnder(folder: string): readonly string[] {
  return mountsUnder(folder, readFileSync("/proc/self/mountinfo", "utf8"));
}

/** Unmounts everything below `folder`, and what is busy lazily; `keep` stays. */
export async function unmountUnder(folder: string, keep?: string): Promise<void> {
  for (const point of currentMountsUnder(folder)) {
    if (point === keep) continue;
    const plain = await attempt("umount", [point]);
    if (plain.code !== 0) await attempt("umount", ["-l", point]);
  }
}

/** Size of each host's disk. The file is sparse: it takes from the machine what the host has written. */
const DISK_SIZE = "24G";

function mounted(host: LabHost): boolean {
  return currentMountsUnder(host.disk).includes(host.disk);
}

/** Direct I/O keeps the page cache from holding every block twice, and made a small fsync as fast as without the loop. */
async function useDirectIo(host: LabHost): Promise<void> {
  const device = (await run("findmnt", ["--noheadings", "--output", "SOURCE", host.disk])).trim();
  await attempt("losetup", ["--direct-io=on", device]);
}

async function mountDisk(host: LabHost): Promise<void> {
  mkdirSync(host.disk, { recursive: true });
  if (!existsSync(host.diskImage)) {
    await run("truncate", ["--size", DISK_SIZE, host.diskImage]);
    await run("mkfs.ext4", ["-q", "-F", "-m", "0", host.diskImage], { timeoutMs: 60_000 });
  }
  await unmountUnder(host.disk);
  const done = await attempt("mount", ["-o", "loop,noatime,discard", host.diskImage, host.disk], { timeoutMs: 60_000 });
  if (done.code !== 0) {
    throw new LabError(
      `${host.name}'s disk ${host.diskImage} cannot be mounted: ${done.stderr.trim()}; next: losetup --all (a loop device must be free)`,
    );
  }
  await useDirectIo(host);
}

/**
 * A disk of its own for each host, so that one host can run full, slow or read-only while its peer and the machine do not.
 */
export function diskPart(host: LabHost): Part {
  return {
    name: `${host.name} disk`,
    inspect: () => Promise.resolve(mounted(host) ? undefined : "not mounted"),
    repair: () => mountDisk(host),
  };
}

/** Unmounts all of a host and its disk, and removes the host's folder. */
export async function removeDisk(host: LabHost): Promise<void> {
  await unmountUnder(host.folder);
  if (currentMountsUnder(host.folder).length > 0) return;
  rmSync(host.folder, { recursive: true, force: true });
}
