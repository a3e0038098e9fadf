import { execFileSync, spawnSync, type SpawnSyncReturns } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import path from "node:path";
import { sessionOptions } from "../../drills/hosts/postgres-session";
import { freePort } from "./free-port";
import { POSTGRES_BIN } from "./server-programs";

/** Whether a PostgreSQL can be started here: its programs are there, and an account that they accept can be taken. */
export const HAS_POSTGRES = POSTGRES_BIN !== undefined && process.getuid?.() === 0;

/** A real server in `FOLDER/pgdata`, which listens on loopback and on a socket in the folder, and trusts everybody. */
export class RealPostgres {
  readonly pgdata: string;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {
    this.pgdata = path.join(folder, "pgdata");
  }

  /** Makes the cluster and starts it. */
  static async start(folder: string, settings: Readonly<Record<string, string>> = {}): Promise<RealPostgres> {
    const server = new RealPostgres(folder, await freePort());
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    for (const one of [server.pgdata, path.join(folder, "understudy")]) mkdirSync(one, { recursive: true });
    for (const one of [folder, server.pgdata, path.join(folder, "understudy")]) chownSync(one, uid, uid);
    server.run("initdb", "-D", server.pgdata, "-A", "trust", "--no-sync");
    server.begin(settings);
    return server;
  }

  begin(settings: Readonly<Record<string, string>> = {}): void {
    const all = {
      ...{ listen_addresses: "127.0.0.1", port: String(this.port), unix_socket_directories: this.folder, fsync: "off" },
      ...settings,
    };
    const options = Object.entries(all).map(([name, value]) => `-c ${name}=${value}`);
    this.run("pg_ctl", "-D", this.pgdata, "-w", "-o", options.join(" "), "-l", path.join(this.folder, "log"), "start");
  }

  stop(mode: "fast" | "immediate" = "immediate"): void {
    this.run("pg_ctl", "-D", this.pgdata, "-w", "-m", mode, "stop");
  }

  /** Runs a program as the server's account, with PostgreSQL's programs on its path. @throws Error when it does not end well */
  run(program: string, ...words: string[]): string {
    const { status, stdout, stderr } = this.attempt(program, words);
    if (status !== 0) throw new Error(`${program} exited ${String(status)}: ${stderr}`);
    return stdout;
  }

  /** The same with an environment and something to read, however it ends. */
  attempt(
    program: string,
    words: readonly string[],
    { env = {}, input = "" }: { env?: Readonly<Record<string, string>>; input?: string } = {},
  ): SpawnSyncReturns<string> {
    const as = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...words];
    return spawnSync("setpriv", as, {
      env: { PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}`, ...env },
      encoding: "utf8",
      input,
      timeout: 60_000,
    });
  }

  /** What queries give, as the superuser, whatever the database is set to. */
  sql(database: string, ...queries: string[]): string {
    const where = ["-h", this.folder, "-p", String(this.port), "-U", "postgres", "-d", database];
    const asked = queries.flatMap((one) => ["-c", one]);
    const env = { PGOPTIONS: sessionOptions() };
    const { status, stdout, stderr } = this.attempt("psql", ["-AtqX", "-v", "ON_ERROR_STOP=1", ...where, ...asked], {
      env,
    });
    if (status !== 0) throw new Error(`psql exited ${String(status)}: ${stderr}`);
    return stdout.trim();
  }
}
