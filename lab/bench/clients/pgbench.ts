import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { bounded } from "../../../drills/hosts/bounded";
import { LabError } from "../../host/run";
import { waitUntil } from "../../host/wait";
import { parseAborted, parsePgbenchLog, progressOf, type Sent } from "./pgbench-log";

/** It stops by itself after so long, whatever becomes of the benchmark, seconds. */
const LONGEST_SECONDS = 1800;
const STARTS_MS = 30_000;
/** What is under way when it is told to end may wait at a door for so long. */
const ENDS_MS = 40_000;

/** One pgbench at one address. The password is in its environment, for its own account alone. */
export interface PgbenchOrder {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** The CA that the server's certificate has to come from, a file; plain without it. */
  readonly caFile?: string;
  readonly protocol: "simple" | "extended";
  readonly clients: number;
  /** Transactions a second at most. */
  readonly rate: number;
  /** Names its rows. */
  readonly run: number;
  /** The file with its transaction. */
  readonly script: string;
  /** Where its log goes. */
  readonly folder: string;
  /** The load's zero, epoch milliseconds. */
  readonly originEpochMs: number;
}

/** What one pgbench did. */
export interface PgbenchDone {
  readonly sent: readonly Sent[];
  /** Clients that were given up, by number, and why. */
  readonly aborted: ReadonlyMap<number, string>;
}

/** A pgbench at work. */
export interface RunningPgbench {
  /** Ends it as the end of its time would, so that its log is whole. @throws LabError or Error when it has not ended, or its log is broken */
  finish(): Promise<PgbenchDone>;
  /** Ends it at once; safe at any time. */
  abort(): void;
}

/** Its words: the end comes by a signal, long before its time. */
export function pgbenchArguments({ protocol, clients, rate, run, script, folder }: PgbenchOrder): readonly string[] {
  return [
    ...["--no-vacuum", "--protocol", protocol, "--client", String(clients), "--jobs", "1", "--rate", String(rate)],
    ...[
      "--time",
      String(LONGEST_SECONDS),
      "--progress",
      "1",
      "--log",
      "--log-prefix",
      path.join(folder, `pgbench-${run}`),
    ],
    ...["--define", "n=0", "--define", `run=${run}`, "--file", script],
  ];
}

function environmentOf({ host, port, user, password, database, caFile }: PgbenchOrder): NodeJS.ProcessEnv {
  return {
    ...{ PATH: process.env["PATH"], LC_ALL: "C", PGHOST: host, PGPORT: String(port), PGUSER: user },
    ...{ PGPASSWORD: password, PGDATABASE: database, PGAPPNAME: "pgbench", PGCONNECT_TIMEOUT: "10" },
    ...(caFile === undefined ? { PGSSLMODE: "disable" } : { PGSSLMODE: "verify-full", PGSSLROOTCERT: caFile }),
  };
}

/**
 * Starts one and waits until it has got something done.
 * @throws LabError when it does not start, or has done nothing after 30 s
 */
export async function startPgbench(order: PgbenchOrder): Promise<RunningPgbench> {
  const child = spawn("pgbench", pgbenchArguments(order), {
    env: environmentOf(order),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const complaints: string[] = [];
  let [works, over] = [false, false];
  const ended = new Promise<NodeJS.Signals | null>((resolve) => {
    child.on("error", (error) => complaints.push(error.message));
    child.on("error", () => resolve(null));
    child.on("close", (_code, signal) => resolve(signal));
  }).finally(() => (over = true));
  createInterface({ input: child.stderr }).on("line", (line) => {
    const perSecond = progressOf(line);
    if (perSecond === undefined) complaints.push(line);
    else works ||= perSecond > 0;
  });
  if (!(await waitUntil(() => works || over, STARTS_MS)) || over) {
    child.kill("SIGKILL");
    throw new LabError(
      `pgbench at ${order.host}:${order.port} got nothing done: ${complaints.slice(0, 3).join(" / ") || "no word"}; next: understudy status`,
    );
  }
  return {
    abort: () => void child.kill("SIGKILL"),
    finish: async () => {
      await endOf(child, ended, order);
      const sent = logsOf(order).flatMap((file) => parsePgbenchLog(readFileSync(file, "utf8"), order.originEpochMs));
      return { sent, aborted: parseAborted(complaints.join("\n")) };
    },
  };
}

/** Its alarm is what ends it in time, too: it lets what is under way end, and writes the rest of its log. */
async function endOf(
  child: ChildProcess,
  ended: Promise<NodeJS.Signals | null>,
  { host, port }: PgbenchOrder,
): Promise<void> {
  child.kill("SIGALRM");
  const signal = await bounded(`pgbench at ${host}:${port}`, ENDS_MS, ended).catch((error: unknown) => {
    child.kill("SIGKILL");
    throw error;
  });
  // Whoever asks a terminal or a service manager for an end asks all of its programs.
  if (signal !== null)
    throw new LabError(
      `pgbench at ${host}:${port} was ended by ${signal} before its log was whole; next: the same command again, to its end`,
    );
}

/** @throws LabError when there is none: nothing is known of its clients then */
function logsOf({ folder, run }: PgbenchOrder): readonly string[] {
  const files = readdirSync(folder).filter((name) => new RegExp(`^pgbench-${run}\\.\\d+(\\.\\d+)?$`).test(name));
  if (files.length > 0) return files.map((name) => path.join(folder, name));
  throw new LabError(`pgbench left no log in ${folder}; next: understudy lab bench --series clients`);
}
