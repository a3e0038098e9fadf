import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { fileBackendFolder } from "./torn-attributes";

const lockSchema = z.object({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

/** The claim of one `pulumi` process on a stack. */
export type StackLock = z.infer<typeof lockSchema>;

/** `at-work`: that process lives here. `gone`: it does not. `elsewhere`: it ran on another machine, so nobody here can say. */
export type LockHolder = "at-work" | "gone" | "elsewhere";

/**
 * The locks on one stack in a backend of files.
 * @returns null when the backend keeps them where this program does not look
 * @throws Error when a lock file is there and is none
 */
export function readStackLocks(backend: string, project: string, stack: string): readonly StackLock[] | null {
  const backendFolder = fileBackendFolder(backend);
  if (backendFolder === undefined) return null;
  const folder = path.join(backendFolder, ".pulumi/locks");
  return globSync(`**/${project}/${stack}/*.json`, { cwd: folder }).map((file) =>
    lockSchema.parse(JSON.parse(readFileSync(path.join(folder, file), "utf8"))),
  );
}

/** Whether the process that made a lock is still at work. */
export function holderOf(
  lock: StackLock,
  here: { hostname: string; runsPulumi: (pid: number) => boolean },
): LockHolder {
  if (lock.hostname !== here.hostname) return "elsewhere";
  return here.runsPulumi(lock.pid) ? "at-work" : "gone";
}

/** Whether a process of that number lives here and, where the kernel tells, is pulumi: numbers are given out again. */
export function runsPulumi(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("pulumi");
  } catch {
    return process.platform !== "linux";
  }
}
