import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { pollUntil } from "../../drills/hosts/bounded";
import type { Encryption } from "../../settings/encryption";
import { ownRedisPassword, redisUsersFile } from "../../settings/own-redis-users";
import { relocated } from "../unit/guard/stage";

const GUARDS = path.resolve(__dirname, "../../configs/guard");
const PASSWORD = "hush";
/** What the passwords of its users are made from. */
export const GUARDED_CREDENTIALS = { postgres: "super", redis: PASSWORD };
const WITHIN_MS = 20_000;

/** Whether this machine has a Redis. */
export function canGuardRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** One host's container of Redis in a folder: the shipped boot guard, and a real server on loopback. */
export class GuardedRedis {
  readonly folder = mkdtempSync(path.join(tmpdir(), "understudy-guarded-"));
  #guard: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #env: Record<string, string> = {};

  private constructor(
    private readonly host: string,
    readonly port: number,
    /** For encrypted connections, where its mode has any. */
    readonly tlsPort: number,
  ) {}

  /** @param withUsers false: as a version without users of ours has its files */
  static async make(host: string, withUsers = true): Promise<GuardedRedis> {
    const one = new GuardedRedis(host, await freePort(), await freePort());
    if (withUsers) one.giveUsers();
    const redisCli = execFileSync("sh", ["-c", "command -v redis-cli"], { encoding: "utf8" }).trim();
    one.write("understudy/files/current/redis", `${PASSWORD}\n`);
    one.write(
      "understudy/files/current/redis.conf",
      [
        `port ${one.port}`,
        "bind 127.0.0.1",
        `requirepass ${PASSWORD}`,
        `masterauth ${PASSWORD}`,
        "appendonly yes",
        'save ""',
        "replica-announce-ip 127.0.0.1",
        `replica-announce-port ${one.port}`,
        "repl-diskless-sync yes",
        "repl-diskless-sync-delay 0",
        "enable-debug-command yes",
        `logfile "${one.path("redis.log")}"`,
        "",
      ].join("\n"),
    );
    one.write("understudy/follow-record.sh", "exit 0\n");
    // In its container the server has Redis's own port; what is asked of the peer names one.
    const own = `case " $* " in *' -p '* | *' -s '*) ;; *) set -- -p ${one.port} "$@" ;; esac`;
    one.write("bin/redis-cli", `#!/bin/sh\n${own}\nexec ${redisCli} "$@"\n`);
    chmodSync(one.path("bin/redis-cli"), 0o755);
    for (const name of ["guard", "login", "identity", "users", "own-users", "encryption"]) {
      const script = readFileSync(path.join(GUARDS, `redis-${name}.sh`), "utf8");
      one.write(`understudy/${name}.sh`, relocated(script, one.folder));
    }
    mkdirSync(one.path("data/understudy"), { recursive: true });
    return one;
  }

  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Gives it the files of users, as its container has them. */
  giveUsers(credentials: Parameters<typeof redisUsersFile>[0] = GUARDED_CREDENTIALS): void {
    const at = "understudy/files/current";
    this.write(`${at}/guard`, ownRedisPassword(credentials, "understudy_guard"));
    this.write(`${at}/replication`, ownRedisPassword(credentials, "understudy_replication"));
    this.write(`${at}/users.acl`, redisUsersFile(credentials));
    this.write(`${at}/secrets.conf`, `requirepass "${PASSWORD}"\nmasterauth "${PASSWORD}"\n`);
  }

  write(name: string, content = ""): void {
    mkdirSync(path.dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  read(name: string): string {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8").trim() : "";
  }

  /** Removes something of the volume, as a lost disk does. */
  lose(name: string): void {
    rmSync(this.path(`data/${name}`), { recursive: true, force: true });
    mkdirSync(this.path("data"), { recursive: true });
  }

  /** Leaves a snapshot where the append-only file was: a server with an append-only file does not read it. */
  onlySnapshot(): void {
    this.lose("appendonlydir");
    this.write("data/dump.rdb");
  }

  /** A file of the boot guard. */
  state(name: string): string {
    return this.read(`data/understudy/${name}`);
  }

  /** What is kept of data that were given up. */
  salvages(): readonly string[] {
    return existsSync(this.path("data/understudy/salvage")) ? readdirSync(this.path("data/understudy/salvage")) : [];
  }

  start(peer: GuardedRedis | undefined, policy: "hold" | "resume" = "hold"): void {
    this.#env = this.#environment(peer, policy);
    this.#guard = spawn("sh", [this.path("understudy/guard.sh")], { env: this.#env, stdio: "ignore" });
    const guard = this.#guard;
    this.#ended = new Promise((resolve) => guard.once("close", resolve));
  }

  /** The variables of its container. */
  #environment(peer: GuardedRedis | undefined, policy: "hold" | "resume"): Record<string, string> {
    return {
      PATH: `${this.path("bin")}:${process.env["PATH"] ?? ""}`,
      UNDERSTUDY_ENVIRONMENT: "prodlike",
      UNDERSTUDY_HOST: this.host,
      UNDERSTUDY_PEER_HOST: peer?.host ?? "",
      UNDERSTUDY_PEER_ADDRESS: peer === undefined ? "" : "127.0.0.1",
      UNDERSTUDY_PEER_PORT: String(peer?.port ?? this.port),
      UNDERSTUDY_PEER_TLS_PORT: String(peer?.tlsPort ?? this.tlsPort),
      UNDERSTUDY_PEER_TIMEOUT: "1",
      UNDERSTUDY_BOOT_POLICY: policy,
      UNDERSTUDY_USERS_TURN: "0.3",
      UNDERSTUDY_TLS_INSIDE: String(this.tlsPort),
      UNDERSTUDY_STATE: this.path("data/understudy"),
      UNDERSTUDY_BIN: this.path("understudy"),
    };
  }

  /** Runs words in its container. */
  run(...words: readonly string[]): { status: number | null; stdout: string; stderr: string } {
    const [program = "sh", ...rest] = words;
    return spawnSync(program, rest, { env: this.#env, encoding: "utf8", timeout: 60_000, input: "" });
  }

  /** The same, while this process goes on. @returns what was printed */
  async runBeside(...words: readonly string[]): Promise<string> {
    const [program = "sh", ...rest] = words;
    return (await promisify(execFile)(program, rest, { env: this.#env, encoding: "utf8", timeout: 60_000 })).stdout;
  }

  /** The mode that it is told, with these certificates; `plain` takes everything of encryption away. */
  setMode(mode: Encryption, certificates: Readonly<Record<string, string>> = {}): void {
    const at = "understudy/files/current";
    for (const [name, content] of Object.entries(certificates)) this.write(`${at}/${name}`, content);
    if (mode === "plain") rmSync(this.path(`${at}/encryption`), { force: true });
    else this.write(`${at}/encryption`, `${mode}\n`);
  }

  /** The same, and has the server that runs take it, as the resource of its files does. */
  reload(mode: Encryption, certificates: Readonly<Record<string, string>> = {}): void {
    this.setMode(mode, certificates);
    const { status, stderr } = this.run("sh", this.path("understudy/own-users.sh"), "reload");
    if (status !== 0) throw new Error(`reload exited ${String(status)}: ${stderr}`);
  }

  cli(...words: string[]): string {
    const socket = this.path("data/understudy/server.sock");
    const at = existsSync(socket) && !words.includes("-p") ? ["-s", socket] : [];
    const done = spawnSync(this.path("bin/redis-cli"), ["--no-auth-warning", ...at, ...words], {
      env: { ...process.env, REDISCLI_AUTH: PASSWORD },
      encoding: "utf8",
    });
    return done.stdout.trim();
  }

  /** The same with the password of a user as its container's files have it, or the former one. */
  cliAs(user: string, words: string): string {
    const login = `bin=${this.path("understudy")}; . $bin/login.sh; redis_as ${user} 5 ${words}`;
    return this.run("sh", "-c", login).stdout.trim();
  }

  /** Ends the guard and its server as a stop of the container does, or as a loss of power. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    if (signal === "SIGKILL") {
      const pid = Number(/process_id:(\d+)/.exec(this.cli("info", "server"))?.[1] ?? 0);
      if (pid > 0) process.kill(pid, "SIGKILL");
    }
    this.#guard?.kill(signal);
    await this.#ended;
    await this.until("its port is free", () => this.cli("ping") === "");
  }

  /** Waits for the guard to end by itself. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  async until(what: string, seen: () => boolean): Promise<void> {
    const { reached } = await pollUntil(
      () => Promise.resolve(seen()),
      (yes) => yes,
      { deadlineMs: WITHIN_MS, pauseMs: 50 },
    );
    if (!reached) throw new Error(`${this.host}, never seen: ${what}; status ${this.state("status")}`);
  }

  async isHeld(reason: RegExp): Promise<void> {
    await this.until(`held: ${String(reason)}`, () => {
      const status = this.state("status");
      return status.startsWith("held") && reason.test(status);
    });
  }

  async close(): Promise<void> {
    await this.stop().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
