import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { randomUUID } from "node:crypto";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { DATABASE } from "../../settings/names";
import { ownPassword } from "../../settings/own-roles";
import { LAB_HOSTS, type LabHost } from "../host/layout";
import { CHECKOUT } from "../host/project";
import { waitUntil } from "../host/wait";
import { machineMs, writerLineSchema, type NumberedAttempt, type WriterOrder } from "./attempt";
import { makeUser } from "./make-user";
import { USER_ROLE, userRedisWay, userTls } from "./user-data";
import { watchReport, type WatchReport } from "./report";
import type { StoreName } from "../../settings/services";

/** Time between two attempts at one store of one host, milliseconds. */
export const WATCH_INTERVAL_MS = 20;
/** A server that is silent this long is given up: so long, at most, a side is not looked at. */
const TIMEOUT_MS = 500;
const START_MS = 20_000;
const END_MS = 5_000;

/** A watch that is going on. */
export interface Watch {
  /** Names this watch in what it has written, see `user-data.ts`. */
  readonly run: string;
  /** Attempts on one host's store so far, oldest first. */
  readonly tries: (host: string, store: StoreName) => readonly NumberedAttempt[];
  /** Ends both writers and says what they saw. */
  readonly stop: () => Promise<WatchReport>;
}

interface Writer {
  readonly host: LabHost;
  readonly child: ChildProcessWithoutNullStreams;
  readonly tries: Record<StoreName, NumberedAttempt[]>;
}

function startWriter(host: LabHost, order: WriterOrder): Writer {
  const main = path.join(__dirname, "writer-main.ts");
  const node = [process.execPath, "--import", "./toolchain/register.mjs", main];
  const child = spawn("nsenter", [`--net=${host.namespaceFile}`, "--", ...node], {
    cwd: CHECKOUT,
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const tries: Writer["tries"] = { timescaledb: [], redis: [] };
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  child.stderr.resume();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const [store, number, startMs, endMs, accepted] = writerLineSchema.parse(JSON.parse(line));
    tries[store].push({ number, startMs, endMs, accepted });
  });
  child.stdin.write(`${JSON.stringify(order)}\n`);
  return { host, child, tries };
}

async function endWriter({ child }: Writer): Promise<void> {
  child.stdin.end();
  await waitUntil(() => child.exitCode !== null || child.signalCode !== null, END_MS, 20);
  child.kill("SIGKILL");
}

/**
 * Starts to write a user's data to both stores of both hosts, every 20 ms, from inside each host's network namespace: what it sees does not depend on
 * who else reaches the host. It shares nothing with the drills' probe but the machine.
 * @throws Error when a writer does not begin within 20 s
 */
export async function startWatch(environment: Environment, credentials: Credentials): Promise<Watch> {
  const run = randomUUID();
  await makeUser(environment, credentials);
  const redisWay = userRedisWay(environment, credentials);
  const writers = LAB_HOSTS.map((host) =>
    startWriter(host, {
      host: host.name,
      address: host.address,
      run,
      intervalMs: WATCH_INTERVAL_MS,
      timeoutMs: TIMEOUT_MS,
      postgres: {
        port: environment.ports.postgres,
        database: DATABASE,
        user: USER_ROLE,
        password: ownPassword(credentials, USER_ROLE),
        ca: userTls(environment, credentials)?.ca,
      },
      redis: { port: redisWay.port, password: credentials.redis, ca: redisWay.tls?.ca },
    }),
  );
  const begun = (): boolean => writers.every(({ tries }) => tries.timescaledb.length > 0 && tries.redis.length > 0);
  if (!(await waitUntil(begun, START_MS, 20))) {
    await Promise.all(writers.map(endWriter));
    throw new Error("the watch did not begin on both hosts within 20 s");
  }
  const fromMs = machineMs();
  const all = Object.fromEntries(writers.map(({ host, tries }) => [host.name, tries]));
  return {
    run,
    tries: (host, store) => all[host]?.[store] ?? [],
    stop: async () => {
      const toMs = machineMs();
      const alive = writers.every(({ child }) => child.exitCode === null && child.signalCode === null);
      await Promise.all(writers.map(endWriter));
      return watchReport(all, { fromMs, toMs, intervalMs: WATCH_INTERVAL_MS, whole: alive });
    },
  };
}
