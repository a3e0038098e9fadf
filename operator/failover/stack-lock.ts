import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { messageOf } from "../../settings/user-error";
import type { Backend } from "./backend";

const lockSchema = z.object({
  pid: z.number().int(),
  username: z.string(),
  hostname: z.string(),
  timestamp: z.string(),
});

/** The claim of one engine on a stack. */
export interface StackLock {
  /** Null where the backend does not tell: Pulumi Cloud knows who, and not which process on which machine. */
  readonly pid: number | null;
  readonly username: string;
  readonly hostname: string | null;
  readonly timestamp: string;
}

/** `at-work`: that process lives here. `gone`: it does not. `elsewhere`: it ran on another machine, so nobody here can say. */
export type LockHolder = "at-work" | "gone" | "elsewhere";

/** The locks on one stack, or why they are not known. */
export type LockReading =
  { readonly locks: readonly StackLock[] } | { readonly locks: null; readonly locksUnknown: string };

/** One stack, and how the engine is asked about it. */
export interface AskedStack {
  readonly project: string;
  readonly stack: string;
  /** Runs `pulumi` in the project's folder, and gives what it printed. */
  readonly ask: (words: readonly string[]) => Promise<string>;
}

/**
 * The locks on one stack. Those of a backend of files are its files. Pulumi Cloud tells of the operation that is under way.
 * An object store's are told by no command of the engine that changes nothing.
 */
export async function readStackLocks(backend: Backend, { project, stack, ask }: AskedStack): Promise<LockReading> {
  try {
    switch (backend.kind) {
      case "folder":
        return { locks: locksInFolder(backend.folder, project, stack) };
      case "cloud":
        return { locks: operationUnderWay(await ask(["stack", "--stack", stack, "--output", "json"])) };
      case "store":
        return { locks: null, locksUnknown: `pulumi shows nobody the locks in ${backend.name}` };
    }
  } catch (error) {
    return { locks: null, locksUnknown: messageOf(error) };
  }
}

function locksInFolder(backendFolder: string, project: string, stack: string): readonly StackLock[] {
  const folder = path.join(backendFolder, ".pulumi/locks");
  return globSync(`**/${project}/${stack}/*.json`, { cwd: folder }).map((file) =>
    lockSchema.parse(JSON.parse(readFileSync(path.join(folder, file), "utf8"))),
  );
}

const cloudStackSchema = z.looseObject({
  currentOperation: z.looseObject({ author: z.string(), started: z.string() }).optional(),
});

function operationUnderWay(answer: string): readonly StackLock[] {
  const { currentOperation } = cloudStackSchema.parse(JSON.parse(answer));
  if (currentOperation === undefined) return [];
  const { author, started } = currentOperation;
  return [{ pid: null, username: author, hostname: null, timestamp: started }];
}

/** Who holds a lock, such as `process 7 of desk`. */
export function holderWords({ pid, hostname, username }: StackLock): string {
  return pid === null || hostname === null ? `an operation of ${username}` : `process ${pid} of ${hostname}`;
}

/** Whether the process that made a lock is still at work. */
export function holderOf(
  { pid, hostname }: StackLock,
  here: { hostname: string; runsPulumi: (pid: number) => boolean },
): LockHolder {
  if (pid === null || hostname !== here.hostname) return "elsewhere";
  return here.runsPulumi(pid) ? "at-work" : "gone";
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
