import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FAKE_COMMANDS } from "./fake-commands";

const GUARDS = path.resolve(__dirname, "../../../configs/guard");
const WITHIN_MS = 15_000;

/** What the guard of a store reads or runs beside itself. */
const PARTS = {
  postgres: ["common.sh", "encryption.sh", "rejoin.sh", "salvage.sh", "diverged.sh", "rejoin-agent.sh"],
  redis: ["login.sh", "identity.sh", "users.sh", "own-users.sh", "encryption.sh"],
};

/** The shells a guard has to run under: the images' own (Debian's dash, Alpine's busybox), where this machine has them. */
export const SHELLS: readonly (readonly [name: string, ...command: string[]])[] = (
  [
    ["sh", "/bin/sh"],
    ["busybox sh", "/usr/bin/busybox", "sh"],
    ["busybox sh", "/bin/busybox", "sh"],
  ] as const
).filter(
  ([name, file], at, all) => existsSync(file) && !all.slice(0, at).some((one) => one[0] === name && existsSync(one[1])),
);

/** One host's container in a folder: the guard under test, fake programs, and the files both look at. */
export class Stage {
  readonly folder = mkdtempSync(path.join(tmpdir(), "understudy-guard-"));
  readonly #script: string;
  #guard: ChildProcess | undefined;
  readonly #guards: ChildProcess[] = [];
  #ended: Promise<number | null> = Promise.resolve(null);

  constructor(
    guard: "postgres-guard.sh" | "redis-guard.sh",
    private readonly shell: readonly string[],
  ) {
    for (const name of ["stage", "bin", "understudy/files/current", "data"])
      mkdirSync(this.path(name), { recursive: true });
    for (const [name, text] of Object.entries(FAKE_COMMANDS)) {
      this.write(`bin/${name}`, text);
      chmodSync(this.path(`bin/${name}`), 0o755);
    }
    this.#script = this.path("guard.sh");
    writeFileSync(this.#script, relocated(readFileSync(path.join(GUARDS, guard), "utf8"), this.folder));
    const store = guard === "postgres-guard.sh" ? "postgres" : "redis";
    for (const name of PARTS[store]) {
      const part = readFileSync(path.join(GUARDS, `${store}-${name}`), "utf8");
      this.write(`understudy/${name}`, relocated(part, this.folder));
    }
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  write(name: string, content = ""): void {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** The text of a file without its last line end; undefined when there is none. */
  read(name: string): string | undefined {
    try {
      return readFileSync(this.path(name), "utf8").trimEnd();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  mode(name: string): string {
    return (statSync(this.path(name)).mode & 0o777).toString(8);
  }

  /** Starts the guard as PID 1 would be, also a second one on the same volume; what `variables` leaves out is as on a paired host-a. */
  start(variables: Readonly<Record<string, string>> = {}): void {
    const [program = "sh", ...words] = this.shell;
    const guard = spawn(program, [...words, this.#script], {
      env: {
        PATH: `${this.path("bin")}:${process.env["PATH"] ?? ""}`,
        STAGE: this.path("stage"),
        PGDATA: this.path("data/pgdata"),
        UNDERSTUDY_ENVIRONMENT: "prodlike",
        UNDERSTUDY_HOST: "host-a",
        UNDERSTUDY_PEER_HOST: "host-b",
        UNDERSTUDY_PEER_ADDRESS: "203.0.113.2",
        UNDERSTUDY_PEER_PORT: "5432",
        UNDERSTUDY_PEER_TIMEOUT: "1",
        UNDERSTUDY_BOOT_POLICY: "hold",
        UNDERSTUDY_REPLICATION_USER: "understudy_replication",
        UNDERSTUDY_GUARD_USER: "understudy_guard",
        UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
        UNDERSTUDY_SLOT: "understudy_host_a",
        ...variables,
      },
      stdio: "ignore",
    });
    this.#guard = guard;
    this.#guards.push(guard);
    this.#ended = new Promise((resolve) => guard.on("close", (code) => resolve(code)));
  }

  signal(signal: NodeJS.Signals): void {
    this.#guard?.kill(signal);
  }

  /** Exit code of the guard; fails when it does not end. */
  async ended(): Promise<number | null> {
    const code = await Promise.race([this.#ended, sleep(WITHIN_MS, "running" as const, { ref: false })]);
    if (code === "running") throw new Error(`the guard still runs; its status: ${this.status()}`);
    return code;
  }

  /** Waits for `seen` to be true; fails with the guard's status when it never is. */
  async until(what: string, seen: () => boolean): Promise<void> {
    const end = performance.now() + WITHIN_MS;
    while (!seen()) {
      if (performance.now() > end) throw new Error(`never seen: ${what}; the guard's status: ${this.status()}`);
      await sleep(10);
    }
  }

  /** What the guard says it does, for people and the health check. */
  status(): string {
    return this.read("data/understudy/status") ?? "";
  }

  /** Arguments of each start of the server. */
  starts(): readonly string[] {
    return this.#servers().map(({ args }) => args.join(" "));
  }

  #servers(): readonly { pid: number; args: string[] }[] {
    const lines = (this.read("stage/started") ?? "").split("\n").filter(Boolean);
    return lines.map((line) => JSON.parse(line) as { pid: number; args: string[] });
  }

  /** How often `command` was called. */
  calls(command: string): number {
    return (this.read("stage/calls") ?? "").split("\n").filter((line) => line.startsWith(`${command} `)).length;
  }

  /** Waits for the server to start for the `count`th time, with `role` as the guard's word. */
  async startsAs(role: "primary" | "standby", count = 1): Promise<void> {
    await this.until(`start ${count} as ${role}`, () => this.starts().length === count && this.status() === role);
  }

  /** Waits until the guard holds with a reason that matches, and sees that nothing was started. */
  async isHeld(reason: RegExp): Promise<void> {
    await this.until(`held: ${String(reason)}`, () => this.status().startsWith("held") && reason.test(this.status()));
    await sleep(60);
    if (!this.status().startsWith("held") || this.starts().length > 0) throw new Error("it started after all");
  }

  /** Ends the guard and its servers, and removes the folder. */
  async close(): Promise<void> {
    for (const guard of this.#guards) guard.kill("SIGKILL");
    await this.#ended;
    for (const { pid } of this.#servers()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    // A child of the guard may be writing there still: what it wrote meanwhile is seen by another removal.
    for (let turn = 1; existsSync(this.folder); turn += 1) {
      try {
        rmSync(this.folder, { recursive: true, force: true });
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOTEMPTY" || turn === 50) throw error;
      }
    }
  }
}

/** The shipped script with its two fixed folders, /understudy and /data, moved below `folder`. */
export function relocated(script: string, folder: string): string {
  const moved = script.replaceAll(/(?<![\w$}/.*"'-])\/(understudy|data)\b/g, `${folder}/$1`);
  if (moved === script && /^(bin|state)=/m.test(script))
    throw new Error("the script does not name its folders as expected");
  return moved;
}
