import { spawn } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { pollUntil } from "../../drills/hosts/bounded";
import { CHECKOUT } from "../../lab/host/project";
import type { Moment, Victim } from "./crash-cells";
import { LAB_ENVIRONMENT, type Finished } from "./lab-stacks";
import { hasEnded } from "./has-ended";

/** The line of `understudy failover` that tells of each moment. */
const LINES: Readonly<Record<Moment, RegExp>> = {
  "precheck begins": /^ {3}precheck: read/m,
  "precheck ends": /^ {3}precheck: passed/m,
  "backup-sync-check ends": /^ {3}backup-sync-check: passed/m,
  "cut is open": /^ {3}demote-primary: stop/m,
  "demotion ends": /^ {3}demote-primary: (passed|failed|bypassed)/m,
  "promotion ends": /^ {3}promote-standby: passed/m,
};

interface Process {
  readonly pid: number;
  readonly words: string;
}

/** Everything that a process has started and that still lives: the engine starts its plugins in groups of their own. */
function descendants(pid: number): readonly Process[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) => read(file).split(" ").filter(Boolean));
  return children.flatMap((child) => {
    const words = read(`/proc/${child}/cmdline`).replaceAll("\0", " ");
    return [{ pid: Number(child), words }, ...descendants(Number(child))];
  });
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function kill(processes: readonly Process[]): void {
  if (processes.length === 0) throw new Error("the process to be killed is not there");
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      continue;
    }
  }
}

/** Strikes what is named; `command` is the process id of `understudy failover`. */
function strike(victim: Victim, command: number): void {
  const all = descendants(command);
  const engine = all.filter(({ words }) => /^(\S*\/)?pulumi .*\bup\b/.test(words));
  switch (victim) {
    case "engine": {
      kill(engine);
      return;
    }
    case "engine and its plugins": {
      kill(engine.flatMap((one) => [one, ...descendants(one.pid)]));
      return;
    }
    case "provider": {
      kill(all.filter(({ words }) => words.includes("dynamic-provider")));
      return;
    }
    case "command": {
      kill([{ pid: command, words: "" }]);
      return;
    }
    case "interrupt":
      process.kill(command, "SIGINT");
      return;
  }
}

/**
 * Runs `understudy failover --execute` and strikes at a moment of it.
 * @returns how the command ended, once everything that it had started was over, too
 */
export async function crash(words: readonly string[], at: Moment, victim: Victim): Promise<Finished> {
  const child = spawn("bin/understudy", ["failover", "--env-config", LAB_ENVIRONMENT, "--execute", ...words], {
    cwd: CHECKOUT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const { reached } = await pollUntil(
    () => Promise.resolve(stderr),
    (said) => LINES[at].test(said) || hasEnded(child),
    { deadlineMs: 180_000, pauseMs: 5 },
  );
  if (!reached || hasEnded(child)) throw new Error(`${at} was not reached: ${stderr}`);
  const started = descendants(child.pid ?? 0);
  strike(victim, child.pid ?? 0);
  const code = await closed;
  await pollUntil(
    () =>
      Promise.resolve(
        started.filter(
          ({ pid, words: said }) =>
            read(`/proc/${pid}/cmdline`).replaceAll("\0", " ") === said && /^(\S*\/)?pulumi .*\bup\b/.test(said),
        ),
      ),
    (left) => left.length === 0,
    { deadlineMs: 180_000, pauseMs: 100 },
  );
  return { code, stdout, stderr };
}
