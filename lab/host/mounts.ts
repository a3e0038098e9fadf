import { readFileSync } from "node:fs";
import { attempt } from "./run";

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
