import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdirSync } from "node:fs";
import path from "node:path";
import { POSTGRES_BIN } from "./server-programs";

/** Whether one can be started here: in a namespace of its own, which needs root, and as another account. */
export const canRunPostgresApart = POSTGRES_BIN !== undefined && process.getuid?.() === 0;

/** A server in a folder of a test, reached through a socket in it, whatever network it runs in. */
export class PostgresApart {
  readonly data: string;
  /** Set before it is started by other words than `start`'s. */
  port = 5432;

  /** @param before words before every program, such as those that enter a network namespace */
  constructor(
    readonly folder: string,
    private readonly before: readonly string[] = [],
  ) {
    this.data = path.join(folder, "pgdata");
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    mkdirSync(this.data, { recursive: true, mode: 0o700 });
    for (const one of [folder, this.data]) chownSync(one, uid, uid);
  }

  #words(program: string, words: readonly string[]): readonly [string, string[]] {
    const all = [
      ...this.before,
      ...["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env"],
      `PATH=${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}`,
      program,
      ...words,
    ];
    return [all[0] ?? "", all.slice(1)];
  }

  run(program: string, ...words: string[]): string {
    const [first, rest] = this.#words(program, words);
    return execFileSync(first, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 60_000 });
  }

  /** Starts a program and leaves it running. */
  leave(program: string, ...words: string[]): ChildProcess {
    const [first, rest] = this.#words(program, words);
    return spawn(first, rest, { stdio: ["pipe", "pipe", "ignore"] });
  }

  initialise(): void {
    this.run("initdb", "-D", this.data, "--wal-segsize=4", "-A", "trust", "--no-sync");
  }

  /** @param settings as the server's command line has them, `name=value` */
  start(...settings: string[]): void {
    const words = [`unix_socket_directories=${this.folder}`, ...settings].map((one) => `-c "${one}"`).join(" ");
    this.run("pg_ctl", "-D", this.data, "-w", "-o", words, "-l", path.join(this.folder, "log"), "start");
  }

  /** The words with which `psql` reaches it. */
  reach(database: string): string[] {
    return ["-AtqX", "-h", this.folder, "-p", String(this.port), "-U", "postgres", "-d", database];
  }

  sql(query: string, database = "postgres"): string {
    return this.run("psql", ...this.reach(database), "-c", query).trim();
  }

  /** Ends the server at once; does nothing where none runs. */
  end(): void {
    try {
      this.run("pg_ctl", "-D", this.data, "-m", "immediate", "stop");
    } catch {
      // It runs no more.
    }
  }
}
