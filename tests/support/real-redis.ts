import { execFileSync, spawn, spawnSync } from "node:child_process";
import { pollUntil } from "../../drills/hosts/bounded";
import { knockRedis } from "../../drills/hosts/redis-knock";
import { freePort } from "./free-port";

/** Password of a server that `startRedis` has started. */
export const REDIS_PASSWORD = "the right one";

/** A Redis of this machine on a free port of loopback, that keeps nothing. */
export interface RealRedis {
  readonly port: number;
  /** Runs one command by redis-cli; returns what it printed. */
  cli(...words: string[]): string;
  signal(signal: NodeJS.Signals): void;
  stop(): Promise<void>;
}

/** Whether this machine has one. */
export function canRunRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

/** Starts one; `settings` by their names in redis.conf. */
export async function startRedis(folder: string, settings: Readonly<Record<string, string>> = {}): Promise<RealRedis> {
  const port = await freePort();
  const all = {
    port: String(port),
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    requirepass: REDIS_PASSWORD,
    masterauth: REDIS_PASSWORD,
    ...settings,
  };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn("redis-server", words, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => server.once("close", () => resolve()));
  const { reached } = await pollUntil(
    () => knockRedis({ address: "127.0.0.1", port }, 500),
    (said) => said !== null,
    { deadlineMs: 10_000, pauseMs: 20 },
  );
  if (!reached) throw new Error("redis-server does not answer");
  return {
    port,
    cli: (...command) =>
      execFileSync("redis-cli", ["-p", String(port), ...command], {
        env: { ...process.env, REDISCLI_AUTH: settings["requirepass"] ?? REDIS_PASSWORD },
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).trim(),
    signal: (signal) => void server.kill(signal),
    stop: async () => {
      server.kill("SIGCONT");
      server.kill("SIGKILL");
      await ended;
    },
  };
}
