import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { LAB_FILES } from "./layout";
import type { Progress } from "./progress";
import { LabError } from "./run";
import { waitUntil } from "./wait";

/** How long one command waits for another one to finish with the lab, in milliseconds; a first `up` builds images. */
const PATIENCE_MS = 30 * 60_000;

/** Start time of a process in clock ticks since boot: with the id it names one process for good. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

/** The process that holds the lock; undefined when there is no lock, or its holder is gone. */
function holder(): number | undefined {
  try {
    const [pid, started] = readFileSync(LAB_FILES.lock, "utf8").trim().split(" ");
    return started !== undefined && startTime(Number(pid)) === started ? Number(pid) : undefined;
  } catch {
    return undefined;
  }
}

function take(): boolean {
  if (holder() === undefined) rmSync(LAB_FILES.lock, { force: true });
  try {
    writeFileSync(LAB_FILES.lock, `${process.pid} ${startTime(process.pid) ?? ""}\n`, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `work` while no other process changes the lab. The lock of a process that died is taken over.
 * @throws LabError naming the holder, when it still holds the lock after half an hour.
 */
export async function withLabLock<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  if (!take()) {
    progress(`waiting for process ${holder() ?? "?"}, which is changing the lab`);
    if (!(await waitUntil(take, PATIENCE_MS, 250))) {
      throw new LabError(`process ${holder() ?? "?"} keeps the lab locked; next: ps -p ${holder() ?? "?"}`);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(LAB_FILES.lock, { force: true });
  }
}
