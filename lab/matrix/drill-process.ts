import { spawn, type ChildProcess } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { CHECKOUT } from "../host/project";

/** The provider in which the steps run, and the engine that calls it, on their command lines. */
const PROVIDER = /\/cmd\/dynamic-provider/;
const ENGINE = /(^|\/)pulumi\0/;
/** Plugins that wait for good when their engine is killed; the provider ends by itself. */
const PLUGIN = /(^|\/)pulumi-(language-nodejs|resource-docker)\0/;

/** One run of `understudy failover`, as an operator starts it. */
export interface DrillProcess {
  /** Fulfils when the command has ended: its exit code, null when it was killed. */
  readonly ended: Promise<number | null>;
  isOver(): boolean;
  /** What it has printed so far, both streams. */
  said(): string;
  /** Kills the command and everything it has started, at once. */
  killAll(): void;
  killProvider(): void;
  killEngine(): void;
  /** Ends the plugins that a killed engine has left behind. */
  endPlugins(): void;
  /** Stops the provider between two instructions, or lets it go on; the drill's probe is not touched. */
  freeze(frozen: boolean): void;
}

/** A process and everything below it: Pulumi starts its plugins in process groups of their own. */
function withDescendants(pid: number): readonly number[] {
  const children = globSync(`/proc/${pid}/task/*/children`).flatMap((file) => textOf(file).split(" "));
  return [pid, ...children.filter(Boolean).flatMap((child) => withDescendants(Number(child)))];
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      continue;
    }
  }
}

/** Starts a drill by its command line. @param envConfig the operator's environment file, when it is not the lab's */
export function startDrill(words: readonly string[], envConfig: string | undefined): DrillProcess {
  const child: ChildProcess = spawn("bin/understudy", ["failover", ...words], {
    cwd: CHECKOUT,
    env: { ...process.env, ...(envConfig === undefined ? {} : { UNDERSTUDY_ENV_CONFIG: envConfig }) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let over = false;
  child.stdout?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null));
    // `exit`, not `close`: a plugin that outlives the command keeps its streams open.
    child.on("exit", (code) => resolve(code));
  }).then((code) => {
    over = true;
    return code;
  });
  const tree = (): readonly number[] => (child.pid === undefined ? [] : withDescendants(child.pid));
  const those = (pids: readonly number[], pattern: RegExp): readonly number[] =>
    pids.filter((pid) => pattern.test(textOf(`/proc/${pid}/cmdline`)));
  const matching = (pattern: RegExp): readonly number[] => those(tree(), pattern);
  let plugins: readonly number[] = [];
  return {
    ended,
    isOver: () => over,
    said: () => said,
    killAll: () => signal(tree(), "SIGKILL"),
    killProvider: () => signal(matching(PROVIDER), "SIGKILL"),
    killEngine: () => {
      plugins = matching(PLUGIN);
      signal(matching(ENGINE).slice(0, 1), "SIGKILL");
    },
    endPlugins: () => signal(those(plugins, PLUGIN), "SIGTERM"),
    freeze: (frozen) => signal(matching(PROVIDER), frozen ? "SIGSTOP" : "SIGCONT"),
  };
}
