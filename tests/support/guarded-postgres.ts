import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { renderConfigFile } from "../../components/config-files";
import { pollUntil } from "../../drills/hosts/bounded";
import { OWN_PSQL } from "../../drills/hosts/postgres-session";
import { REPLICATION_USER, slotName } from "../../settings/names";
import { relocated } from "../unit/guard/stage";
import { freePort } from "./free-port";
import { POSTGRES_BIN } from "./server-programs";

const GUARDS = path.resolve(__dirname, "../../configs/guard");
const WITHIN_MS = 40_000;

/** The guard's scripts, by the name that each has in the container. */
const SCRIPTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      "guard",
      "common",
      "encryption",
      "rejoin",
      "salvage",
      "diverged",
      "agent",
      "rejoin-agent",
      "own-roles",
      "reload",
    ].map((name) => [`${name}.sh`, `postgres-${name}.sh`]),
  ),
  ...Object.fromEntries(["follow-record.sh", "follow-postgres.sh", "prune-journal.sh"].map((name) => [name, name])),
};

/** Whether one can be run here: as root its programs run as the user `postgres`. */
export const CAN_GUARD_POSTGRES = POSTGRES_BIN !== undefined && process.getuid?.() === 0;

/**
 * One host's container of PostgreSQL in a folder: the shipped boot guard, and a real server on loopback. Its peer comes from
 * elsewhere, as in life: the rules for programs of the container itself are for another address here.
 */
export class GuardedPostgres {
  readonly folder = mkdtempSync(path.join(tmpdir(), "understudy-guarded-"));
  /** Every file of its files volume, by name; `writeFiles` puts them there. */
  files: Record<string, string> = {};
  peer: GuardedPostgres | undefined;
  #guard: ChildProcess | undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #generation = 0;

  private constructor(
    readonly host: string,
    readonly port: number,
  ) {}

  static async make(host: string, passwords: Readonly<Record<string, string>>): Promise<GuardedPostgres> {
    const one = new GuardedPostgres(host, await freePort());
    for (const name of ["understudy/files", "data/pgdata", "data/understudy", "bin", "socket"])
      mkdirSync(one.path(name), { recursive: true });
    const entrypoint = [
      "#!/bin/sh",
      "shift",
      '[ -s "$PGDATA/PG_VERSION" ] || initdb -D "$PGDATA" -U postgres --no-sync --wal-segsize=4 --data-checksums \\',
      '  --auth-local=peer --auth-host=scram-sha-256 --pwfile="$POSTGRES_PASSWORD_FILE" >/dev/null || exit',
      'exec postgres -D "$PGDATA" "$@"',
    ];
    writeFileSync(one.path("bin/docker-entrypoint.sh"), `${entrypoint.join("\n")}\n`);
    chmodSync(one.path("bin/docker-entrypoint.sh"), 0o755);
    for (const [name, from] of Object.entries(SCRIPTS)) {
      const script = relocated(readFileSync(path.join(GUARDS, from), "utf8"), one.folder);
      writeFileSync(
        one.path("understudy", name),
        script.replaceAll("-h /var/run/postgresql", `-h ${one.path("socket")} -p ${one.port}`),
      );
    }
    const conf = renderConfigFile("timescaledb/postgresql.conf", { wal_keep_mib: 64, slot_keep_mib: 256 })
      .replace("port = 5432", `port = ${one.port}`)
      .replace("'/var/run/postgresql'", `'${one.path("socket")}'`)
      .replace("listen_addresses = '*'", "listen_addresses = '127.0.0.1'")
      .replace("shared_buffers = 128MB", "shared_buffers = 16MB\nfsync = off");
    one.files = { ...passwords, "postgresql.conf": conf, "pg_hba.conf": hbaOf("pg_hba.conf") };
    one.writeFiles();
    chmodSync(one.path("data/pgdata"), 0o700);
    own(one.folder);
    return one;
  }

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  /** Puts another generation of the files in place, as the resource of the host's files does. */
  writeFiles(): void {
    this.#generation += 1;
    const name = this.#generation % 2 === 0 ? "a" : "b";
    const at = this.path("understudy/files", name);
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at);
    for (const [file, content] of Object.entries(this.files))
      writeFileSync(path.join(at, file), content, { mode: 0o400 });
    own(at);
    execFileSync("ln", ["-sfn", name, this.path("understudy/files/next")]);
    renameSync(this.path("understudy/files/next"), this.path("understudy/files/current"));
  }

  /** The same, and has the container read them, as the resource does. */
  reload(): void {
    this.writeFiles();
    const { status, stderr } = this.run("sh", [this.path("understudy/reload.sh")]);
    if (status !== 0) throw new Error(`reload exited ${String(status)}: ${stderr}`);
  }

  /** The mode that it is told, with the rules of that mode; `plain` takes everything of encryption away. */
  setMode(mode: "plain" | "accepted" | "used" | "required", certificates: Readonly<Record<string, string>> = {}): void {
    const rest = Object.entries(this.files).filter(([name]) => !["encryption", "pg_hba.required.conf"].includes(name));
    this.files = {
      ...Object.fromEntries(rest),
      ...certificates,
      ...(mode === "plain" ? {} : { encryption: `${mode}\n` }),
      ...(mode === "required" ? { "pg_hba.required.conf": hbaOf("pg_hba.required.conf") } : {}),
    };
  }

  tell(role: "primary" | "standby"): void {
    writeFileSync(this.path("data/understudy/init"), `${role}\n`);
    own(this.path("data/understudy/init"));
  }

  start(): void {
    const words = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh", this.path("understudy/guard.sh")];
    const log = this.path("log");
    const guard = spawn("sh", ["-c", `exec setpriv "$@" >>${log} 2>&1`, "sh", ...words], {
      env: this.#env(),
      stdio: "ignore",
    });
    this.#guard = guard;
    this.#ended = new Promise((resolve) => guard.on("close", resolve));
  }

  /** Ends the container: a fast shutdown, as the engine asks for; or all of it at once. */
  async stop(how: "SIGINT" | "SIGKILL" = "SIGINT"): Promise<void> {
    if (how === "SIGKILL") {
      const pid = Number(this.read("data/pgdata/postmaster.pid")?.split("\n", 1)[0] ?? Number.NaN);
      if (Number.isInteger(pid)) this.run("sh", ["-c", `kill -QUIT ${pid}`]);
    }
    this.#guard?.kill("SIGINT");
    await this.#ended;
    this.#guard = undefined;
  }

  async remove(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  status(): string {
    return (this.read("data/understudy/status") ?? "").trim();
  }

  /** Runs a program as the container's account, in its environment. */
  run(
    program: string,
    words: readonly string[],
    input = "",
  ): { status: number | null; stdout: string; stderr: string } {
    const all = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...words];
    return spawnSync("setpriv", all, { env: this.#env(), encoding: "utf8", input, timeout: 60_000 });
  }

  /** Runs words with the functions that the boot guard has, up to where it begins to act. */
  asGuard(words: string): string {
    const script = (this.read("understudy/guard.sh") ?? "").replace(/\nstopping=\nserver=\n[\s\S]*/, `\n${words}\n`);
    return this.run("sh", ["-c", script]).stdout;
  }

  /** What one query gives, as the superuser by the socket; undefined where nobody answers. */
  sql(query: string, database = "template1"): string | undefined {
    const where = ["-h", this.path("socket"), "-p", String(this.port), "-U", "postgres", "-d", database];
    const [env = "env", ...words] = OWN_PSQL;
    const { status, stdout } = this.run(env, [...words, "-Atq", "-v", "ON_ERROR_STOP=1", ...where, "-c", query]);
    return status === 0 ? stdout.trim() : undefined;
  }

  /** Waits for `seen`; fails with what the container said. */
  async until(what: string, seen: () => unknown): Promise<void> {
    const { reached } = await pollUntil(
      () => Promise.resolve(Boolean(seen())),
      (one) => one,
      {
        deadlineMs: WITHIN_MS,
        pauseMs: 100,
      },
    );
    if (!reached)
      throw new Error(`${this.host}: never seen: ${what}; ${this.status()}; ${(this.read("log") ?? "").slice(-3000)}`);
  }

  #env(): NodeJS.ProcessEnv {
    return {
      PATH: `${this.path("bin")}:${POSTGRES_BIN ?? ""}:/usr/bin:/bin`,
      PGDATA: this.path("data/pgdata"),
      UNDERSTUDY_ENVIRONMENT: "sample",
      UNDERSTUDY_HOST: this.host,
      UNDERSTUDY_PEER_HOST: this.peer?.host ?? "",
      UNDERSTUDY_PEER_ADDRESS: this.peer === undefined ? "" : "127.0.0.1",
      UNDERSTUDY_PEER_PORT: String(this.peer?.port ?? 0),
      UNDERSTUDY_PEER_TIMEOUT: "2",
      UNDERSTUDY_BOOT_POLICY: "hold",
      UNDERSTUDY_JOURNAL_DAYS: "7",
      UNDERSTUDY_SLOT: slotName(this.host),
      UNDERSTUDY_REPLICATION_USER: REPLICATION_USER,
      UNDERSTUDY_GUARD_USER: "understudy_guard",
      UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
      UNDERSTUDY_ROLES_TURN: "0.3",
    };
  }
}

/** Gives what was just written to the container's account; never a folder that a running container writes to as well. */
function own(place: string): void {
  execFileSync("chown", ["-Rh", "postgres:postgres", place]);
}

/** Rules as they are shipped, but that loopback is elsewhere. */
function hbaOf(name: string): string {
  return renderConfigFile(`timescaledb/${name}`, { replication_user: REPLICATION_USER }).replaceAll(
    "127.0.0.1/32",
    "127.0.0.9/32",
  );
}
