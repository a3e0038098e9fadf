import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { z } from "zod";
import { bounded } from "../../drills/hosts/bounded";
import { onLines } from "../../drills/hosts/line-process";

const FROM = path.resolve(__dirname, "../../toolchain/drivers");
const CACHE =
  process.env["UNDERSTUDY_CACHE"] ??
  path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "understudy");
/** Where `toolchain/setup.sh --only drivers` puts them. */
const DRIVERS = path.join(CACHE, "drivers/current");
const STARTS_MS = 120_000;
const ENDS_MS = 60_000;

/** Drivers that no other part of the project uses, each a program that writes until it is told to stop. */
export const FURTHER_DRIVERS = {
  ioredis: { store: "redis", option: "`reconnectOnError` with 2" },
  "redis-py": { store: "redis", option: "`retry_on_error=[ReadOnlyError]`, a constant back-off of 5 ms" },
  "go-redis": { store: "redis", option: "none is needed (without it: `MaxRetries: -1`)" },
  psycopg: { store: "timescaledb", option: "`prepare_threshold=None`" },
  jdbc: { store: "timescaledb", option: "`prepareThreshold=0`" },
} as const;

/** One of them. */
export type FurtherDriver = keyof typeof FURTHER_DRIVERS;

/** Where it writes to, and how. The password crosses over stdin. */
export interface DriverOrder {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** A file with the CAs that it believes. */
  readonly ca: string;
  readonly run: string;
  readonly clients: number;
  readonly intervalMs: number;
  /** Whether it uses its own option for doors. */
  readonly resend: boolean;
}

const RECORD = z.object({
  version: z.string(),
  sent: z.number(),
  answered: z.number(),
  failed: z.number(),
  unknown: z.number(),
  /** How often it has sent something again by itself. */
  resent: z.number(),
  codes: z.record(z.string(), z.number()),
  /** Writes that took longer than 20 ms: when they began, in ms of the wall clock, and for how long. */
  slow: z.array(z.tuple([z.number(), z.number()])),
});

/** What became of its writes. */
export type DriverRecord = z.infer<typeof RECORD>;

function commandOf(driver: FurtherDriver): readonly [string, ...string[]] {
  switch (driver) {
    case "ioredis":
      return [process.execPath, path.join(FROM, "ioredis_load.mjs"), DRIVERS];
    case "go-redis":
      return ["go-redis-load"];
    case "jdbc":
      return ["java", "-Xmx128m", "-cp", `${path.join(DRIVERS, "jdbc")}/*:${path.join(DRIVERS, "jdbc")}`, "JdbcLoad"];
    case "psycopg":
    case "redis-py":
      return ["python3", "-B", path.join(FROM, "python_load.py"), driver];
  }
}

/** Why the drivers cannot be tried here; undefined where they are installed. */
export function noDrivers(): string | undefined {
  const go = spawnSync("go-redis-load", { input: "no order\n" }).error === undefined;
  return existsSync(DRIVERS) && go ? undefined : "not installed: toolchain/setup.sh --only drivers";
}

/** One driver at work in a process of its own. */
export class DriverLoad {
  #said = "";
  readonly #lines: string[] = [];
  #hears: ((line: string) => void) | undefined;

  private constructor(
    readonly driver: FurtherDriver,
    private readonly child: ChildProcess,
  ) {}

  /** Starts it, and waits until each of its clients has written. @throws Error in its own words */
  static async start(driver: FurtherDriver, order: DriverOrder): Promise<DriverLoad> {
    const [program, ...words] = commandOf(driver);
    const env = { PATH: process.env["PATH"], HOME: process.env["HOME"], PYTHONPATH: path.join(DRIVERS, "python") };
    const child = spawn(program, words, { env, stdio: ["pipe", "pipe", "pipe"] });
    const load = new DriverLoad(driver, child);
    child.stderr.setEncoding("utf8").on("data", (text: string) => (load.#said += text));
    child.stdin.on("error", () => undefined);
    onLines(child.stdout, (line) => {
      const hears = load.#hears;
      load.#hears = undefined;
      if (hears === undefined) load.#lines.push(line);
      else hears(line);
    });
    const ended = new Promise<never>((_, reject) => {
      const fail = (): void => reject(new Error(`${driver} has ended: ${load.#said.slice(-500)}`));
      child.once("error", fail).once("exit", fail);
    });
    ended.catch(() => undefined);
    child.stdin.write(`${JSON.stringify(order)}\n`);
    await bounded(driver, STARTS_MS, Promise.race([load.#next(), ended]));
    return load;
  }

  async finish(): Promise<DriverRecord> {
    this.child.stdin?.write("\n");
    return RECORD.parse(JSON.parse(await bounded(this.driver, ENDS_MS, this.#next())));
  }

  stop(): void {
    this.child.kill("SIGKILL");
  }

  #next(): Promise<string> {
    const past = this.#lines.shift();
    return past === undefined ? new Promise((resolve) => (this.#hears = resolve)) : Promise.resolve(past);
  }
}
