import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import * as path from "node:path";
import { systemGroup } from "./cgroup";
import type { LabHost } from "./layout";
import { LAB_PATH } from "./run";

/** A process of the lab that is to outlive the command that starts it. */
export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The host on which it runs; undefined is the operator's side. */
  readonly host?: LabHost;
  /** Its stdout and stderr are appended here. */
  readonly log: string;
  /** Folder put before all others on its PATH. */
  readonly pathFirst?: string;
}

/** Enters the host's control group, then its network namespace, and becomes the daemon: one process id throughout. */
const ENTER = 'echo $$ >"$1" && shift && exec nsenter "--net=$1" -- "${@:2}"';

/**
 * Starts a process that outlives this one, in a session of its own and with nothing of the operator's environment: a proxy setting
 * would send the engine's pulls away from the lab.
 */
export function startDaemon(options: DaemonOptions): void {
  const { command, args, host } = options;
  mkdirSync(path.dirname(options.log), { recursive: true });
  const log = openSync(options.log, "a");
  const [file, argv] =
    host === undefined
      ? [command, [...args]]
      : ["bash", ["-c", ENTER, "lab", systemGroup(host), host.namespaceFile, command, ...args]];
  const child = spawn(file, argv, {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: {
      PATH: options.pathFirst === undefined ? LAB_PATH : `${options.pathFirst}:${LAB_PATH}`,
      HOME: process.env["HOME"] ?? "/",
      LANG: "C.UTF-8",
    },
  });
  child.on("error", () => undefined);
  child.unref();
  closeSync(log);
}
