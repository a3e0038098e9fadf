import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { backupStage, type BackupStage } from "./backup-stage";
import { POSTGRES_BIN } from "./server-programs";

const AS_POSTGRES = ["--reuid=postgres", "--regid=postgres", "--clear-groups"];

/** Whether a server, restic and the right to be another user are there. */
export function canBackUp(): boolean {
  return POSTGRES_BIN !== undefined && process.getuid?.() === 0 && spawnSync("restic", ["version"]).status === 0;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A restored server's answer to a query. */
export type Answer = (query: string) => string;

/** What a command such as `psql -h /tmp` prints beside a server. */
export type Run = (command: readonly string[]) => Promise<string>;

/** A real PostgreSQL as the peer, and the backup container's scripts with a real restic on a stage. */
export class BaseBackups {
  readonly stage: BackupStage;
  private archive: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly port: number,
    limits: Readonly<Record<string, string>>,
  ) {
    const programs = {
      pg_basebackup: `[ ! -f "$STAGE/basebackup" ] || . "$STAGE/basebackup"; exec ${POSTGRES_BIN ?? ""}/pg_basebackup "$@"`,
      restic: '[ ! -f "$STAGE/restic" ] || . "$STAGE/restic"; PATH=${PATH#*:}; exec restic "$@"',
      df: 'if [ -f "$STAGE/free" ]; then echo Avail; cat "$STAGE/free"; else PATH=${PATH#*:} df "$@"; fi',
    };
    this.stage = backupStage(path.join(folder, "stage"), programs, {
      ...{ UNDERSTUDY_PEER_ADDRESS: "127.0.0.1", UNDERSTUDY_PEER_PORT: String(port), UNDERSTUDY_MIN_FREE_BYTES: "1" },
      ...{
        UNDERSTUDY_REPLICATION_USER: "understudy_replication",
        UNDERSTUDY_KEEP_LAST: "9",
        UNDERSTUDY_KEEP_DAYS: "1",
      },
      ...{ UNDERSTUDY_TIDY_SECONDS: "0", UNDERSTUDY_POSTGRES_VOLUME: this.at("volume"), UNDERSTUDY_LOG_TURNS: "20" },
      PATH: `${path.join(folder, "stage/path")}:${POSTGRES_BIN}:${process.env["PATH"] ?? ""}`,
      ...limits,
    });
  }

  /** Starts the server, makes the repository, and begins to receive the log. */
  static async open(folder: string, limits: Readonly<Record<string, string>> = {}): Promise<BaseBackups> {
    const one = new BaseBackups(folder, await freePort(), limits);
    for (const name of ["pgdata", "space", "volume"]) one.ownFolder(name);
    one.own(folder);
    one.asPostgres("initdb", "-D", one.at("pgdata"), "-A", "trust", "--no-sync");
    one.startPeer();
    one.sql("create role understudy_replication login replication");
    one.restic("init");
    await one.receive();
    return one;
  }

  /** Begins to receive the log. */
  async receive(): Promise<void> {
    this.archive = spawn("sh", [this.stage.at("bin/archive.sh")], { env: this.stage.variables, stdio: "ignore" });
    for (let turns = 100; !existsSync(this.stage.at("backup/wal/host-b/line")) && turns > 0; turns -= 1)
      await sleep(100);
  }

  /** Ends that. */
  async receiveNoMore(): Promise<void> {
    const { archive } = this;
    this.archive = undefined;
    const ended = new Promise((resolve) => (archive === undefined ? resolve(null) : archive.once("close", resolve)));
    archive?.kill("SIGTERM");
    await ended;
  }

  async close(): Promise<void> {
    await this.receiveNoMore();
    this.stop("pgdata");
  }

  /** The peer's server stops, and goes on with a timeline of its own. */
  async changeTimeline(): Promise<void> {
    this.asPostgres("pg_ctl", "-D", this.at("pgdata"), "-m", "fast", "stop");
    writeFileSync(this.at("pgdata/recovery.signal"), "");
    this.own(this.at("pgdata/recovery.signal"));
    this.startPeer("-c restore_command=false");
    for (let turns = 100; this.sql("select pg_is_in_recovery()") === "t" && turns > 0; turns -= 1) await sleep(100);
  }

  private startPeer(more = ""): void {
    this.start(
      "pgdata",
      `-p ${this.port} -c listen_addresses=127.0.0.1 -c max_wal_size=64MB -c wal_log_hints=on ${more}`,
    );
  }

  /** Fills and closes a file of the log, and waits until it is received. */
  async closeSegment(): Promise<void> {
    const name = this.sql("select pg_walfile_name(pg_current_wal_lsn())");
    this.sql("create table if not exists filler (id int); insert into filler values (1); select pg_switch_wal()");
    for (let turns = 600; !existsSync(this.stage.at("backup/wal/host-b", name)) && turns > 0; turns -= 1)
      await sleep(100);
    if (!existsSync(this.stage.at("backup/wal/host-b", name))) throw new Error(`${name} was not received`);
  }

  at(...names: string[]): string {
    return path.join(this.folder, ...names);
  }

  private own(folder: string): void {
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    chownSync(folder, uid, uid);
  }

  ownFolder(name: string): string {
    mkdirSync(this.at(name), { mode: 0o700 });
    this.own(this.at(name));
    return this.at(name);
  }

  asPostgres(program: string, ...words: string[]): string {
    return execFileSync("setpriv", [...AS_POSTGRES, program, ...words], {
      env: { ...process.env, PATH: `${POSTGRES_BIN}:${process.env["PATH"] ?? ""}` },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  private start(data: string, options: string): void {
    const words = [
      "-D",
      this.at(data),
      "-w",
      "-l",
      this.at("log"),
      "-o",
      `${options} -c unix_socket_directories=${this.folder}`,
    ];
    try {
      this.asPostgres("pg_ctl", ...words, "start");
    } catch (error) {
      throw new Error(readFileSync(this.at("log"), "utf8").slice(-2000), { cause: error });
    }
  }

  private stop(data: string): void {
    if (existsSync(this.at(data, "postmaster.pid")))
      this.asPostgres("pg_ctl", "-D", this.at(data), "-m", "immediate", "stop");
  }

  /** What the peer's server answers. */
  sql(query: string): string {
    return this.ask(this.port, query);
  }

  /** The same of several in one of its databases. */
  inDatabase(database: string, ...queries: string[]): string {
    const words = ["-AtqX", "-h", this.folder, "-p", String(this.port), "-d", database];
    return this.asPostgres("psql", ...words, ...queries.flatMap((one) => ["-c", one]));
  }

  private ask(port: number, query: string): string {
    return this.asPostgres("psql", ...["-AtqX", "-h", this.folder, "-p", String(port), "-d", "postgres", "-c", query]);
  }

  /** Commands that run beside the peer's server, or the one on another port. */
  runOn(port = this.port): Run {
    const own = ["-p", String(port), "-h", this.folder];
    return ([program = "", ...words]) =>
      Promise.resolve().then(() =>
        this.asPostgres(
          program,
          ...words.flatMap((one) => (one === "-h" ? own.slice(0, 3) : [one === "/tmp" ? this.folder : one])),
        ),
      );
  }

  restic(...words: string[]): string {
    return this.resticFrom("", ...words);
  }

  /** The same with a text on its standard input. */
  resticFrom(input: string, ...words: string[]): string {
    const secret = this.stage.at("bin/files/current/backup");
    const where = ["--repo", this.stage.at("backup/repository/host-b"), "--password-file", secret, "--no-cache"];
    const result = spawnSync("restic", [...where, ...words], { encoding: "utf8", input });
    if (result.status !== 0) throw new Error(result.stderr);
    return result.stdout;
  }

  snapshots(): readonly { readonly id: string; readonly tags: readonly string[]; readonly paths: readonly string[] }[] {
    return JSON.parse(this.restic("snapshots", "--json")) as ReturnType<BaseBackups["snapshots"]>;
  }

  take(): ReturnType<BackupStage["run"]> {
    return this.stage.run("take.sh", "timescaledb");
  }

  /** Begins to take one, does so when it is under way, and gives its exit code once it has ended. */
  async takeUntil(end: (taker: ChildProcess) => unknown, service = "timescaledb"): Promise<number | null> {
    const words = [this.stage.at("bin/take.sh"), service];
    const taker = spawn("sh", words, { env: this.stage.variables, stdio: "ignore" });
    const ended = new Promise<number | null>((resolve) => taker.once("close", resolve));
    while (!existsSync(this.stage.at("begun"))) await sleep(50);
    rmSync(this.stage.at("begun"));
    end(taker);
    return ended;
  }

  status(): string {
    return readFileSync(this.stage.at("backup/status/host-b.timescaledb"), "utf8");
  }

  /** Restores the newest base backup as the scratch place does, starts a server on it, and asks it. */
  async restored<T>(
    use: (answer: Answer, run: Run) => T | Promise<T>,
    { settings = "", last = [] }: { readonly settings?: string; readonly last?: readonly string[] } = {},
  ): Promise<T> {
    const newest = this.snapshots().findLast((one) => one.tags.includes("timescaledb"));
    const segment = newest?.tags.find((one) => one.startsWith("wal:"))?.slice(4) ?? "";
    const said = this.stage.run(
      "restore.sh",
      "timescaledb",
      newest?.id ?? "",
      this.at("volume"),
      this.at("space"),
      segment,
      ...last,
    );
    if (said.code !== 0) throw new Error(said.err);
    const volume = this.at("volume");
    execFileSync("sh", ["-c", "cd $1 && mv .understudy-restore/* . && rmdir .understudy-restore", "sh", volume]);
    const port = await freePort();
    writeFileSync(this.at("volume/pgdata/pg_hba.conf"), "local all all trust\n");
    const log = path.join(volume, "wal");
    const command = `cp ${log}/%f %p 2>/dev/null || cp ${log}/%f.partial %p`;
    try {
      this.start("volume/pgdata", `-p ${port} -c listen_addresses= -c restore_command='${command}' ${settings}`);
      for (let turns = 100; this.ask(port, "select pg_is_in_recovery()") === "t" && turns > 0; turns -= 1)
        await sleep(100);
      return await use((query) => this.ask(port, query), this.runOn(port));
    } finally {
      this.stop("volume/pgdata");
      rmSync(volume, { recursive: true });
      this.ownFolder("volume");
    }
  }
}
