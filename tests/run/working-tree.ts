import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** What differs in a working tree from its commit, as `git status` says it, and the sha256 of what each file has now. */
export type WorkingTree = ReadonlyMap<string, string>;

/** Reads a working tree, without what git ignores; undefined where there is no repository, or no git that reads it. */
export function readWorkingTree(folder: string): WorkingTree | undefined {
  if (!existsSync(path.join(folder, ".git"))) return undefined;
  // The whole gate runs as root, also on a checkout of another account.
  const words = ["-c", "safe.directory=*", "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames"];
  const { status, stdout } = spawnSync("git", words, { cwd: folder, encoding: "utf8" });
  if (status !== 0) return undefined;
  const lines = stdout.split("\0").filter((line) => line !== "");
  return new Map(lines.map((line) => [line, digestOf(path.join(folder, line.slice(3)))]));
}

function digestOf(file: string): string {
  return existsSync(file) ? createHash("sha256").update(readFileSync(file)).digest("hex") : "";
}

/** What differs now and did not before, or not in this way: lines of `git status`. Nothing where either is not known. */
export function leftBehind(before: WorkingTree | undefined, after: WorkingTree | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [];
  return [...after].filter(([line, digest]) => before.get(line) !== digest).map(([line]) => line);
}
