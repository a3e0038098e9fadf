import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, chownSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectPostgres, type PostgresSession } from "../../drills/hosts/postgres";
import { DATABASE } from "../../settings/names";
import { freePort } from "./free-port";
import { POSTGRES_BIN } from "./server-programs";
import { hasEnded } from "./has-ended";

/** A real server on loopback, in a folder of its own, that streams or is streamed from. */
export class StreamingPostgres {
  #process: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {}

  /** Makes an empty server, with the database of the pair. */
  static async primary(folder: string, settings: readonly string[] = []): Promise<StreamingPostgres> {
    const server = new StreamingPostgres(folder, await freePort());
    server.#makeFolder();
    as("initdb", "-D", folder, "-A", "trust", "-U", "postgres", "--no-sync", "-k");
    server.configure(
      ...["listen_addresses = '127.0.0.1'", `port = ${server.port}`, "unix_socket_directories = ''", "fsync = off"],
      ...["autovacuum = off", "wal_retrieve_retry_interval = 100ms", "max_wal_senders = 10", "wal_log_hints = on"],
      ...settings,
    );
    await server.start();
    const sql = await server.open("postgres");
    await sql.query(`create database ${DATABASE}`);
    await sql.end();
    return server;
  }

  /** A standby of `primary` that streams through a slot. */
  static async standby(folder: string, primary: StreamingPostgres, slot: string): Promise<StreamingPostgres> {
    const server = new StreamingPostgres(folder, await freePort());
    const sql = await primary.open();
    await sql.query("select pg_create_physical_replication_slot($1, true)", [slot]);
    await sql.end();
    server.#makeFolder();
    const from = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${slot}`;
    as("pg_basebackup", "-D", folder, "-d", from, "--checkpoint=fast", "--no-sync", "-X", "stream");
    writeFileSync(path.join(folder, "standby.signal"), "");
    server.configure(`port = ${server.port}`, `primary_conninfo = '${from}'`, `primary_slot_name = '${slot}'`);
    await server.start();
    return server;
  }

  /** Adds lines to the configuration; a later line of the same setting wins. */
  configure(...lines: readonly string[]): void {
    appendFileSync(path.join(this.folder, "postgresql.conf"), lines.map((line) => `${line}\n`).join(""));
  }

  /** Lets nobody into a database from the next reload on; null lets everybody in again. */
  refuse(database: string | null): void {
    const trust = "host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n";
    const rule = database === null ? "" : `host ${database} all 127.0.0.1/32 reject\n`;
    writeFileSync(path.join(this.folder, "pg_hba.conf"), `${rule}${trust}`);
  }

  open(database: string = DATABASE): Promise<PostgresSession> {
    return connectPostgres({ address: "127.0.0.1", port: this.port, password: "" }, database);
  }

  /** Runs one query in a session of its own. */
  async query<T extends object = object>(text: string, database?: string): Promise<T[]> {
    const sql = await this.open(database);
    try {
      return (await sql.query<T>(text)).rows;
    } finally {
      await sql.end();
    }
  }

  /** Makes a stopped server a standby of `primary`, through a slot that is there. */
  follows(primary: StreamingPostgres, slot: string): void {
    const from = `host=127.0.0.1 port=${primary.port} user=postgres application_name=${slot}`;
    writeFileSync(path.join(this.folder, "standby.signal"), "");
    chownSync(path.join(this.folder, "standby.signal"), ...postgresIds());
    this.configure(`primary_conninfo = '${from}'`, `primary_slot_name = '${slot}'`);
  }

  async start(): Promise<void> {
    const [user, group] = postgresIds();
    this.#process = spawn(path.join(POSTGRES_BIN ?? "", "postgres"), ["-D", this.folder], {
      ...{ uid: user, gid: group, stdio: "ignore" as const, cwd: this.folder },
    });
    for (let turn = 0; turn < 300; turn += 1) {
      try {
        await (await this.open("postgres")).end();
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`the server in ${this.folder} did not start`);
  }

  /** Ends the server at once, and waits for its end. */
  async stop(signal: NodeJS.Signals = "SIGQUIT"): Promise<void> {
    const process = this.#process;
    if (process === undefined || hasEnded(process)) return;
    const ended = new Promise((resolve) => process.once("exit", resolve));
    process.kill(signal);
    await ended;
  }

  #makeFolder(): void {
    mkdirSync(this.folder, { mode: 0o700 });
    chownSync(this.folder, ...postgresIds());
    chownSync(path.dirname(this.folder), ...postgresIds());
  }
}

function postgresIds(): [number, number] {
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  return [id("-u"), id("-g")];
}

function as(program: string, ...words: readonly string[]): void {
  const [user, group] = postgresIds();
  execFileSync(path.join(POSTGRES_BIN ?? "", program), words, { uid: user, gid: group, stdio: "ignore", cwd: "/" });
}
