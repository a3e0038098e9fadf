import { execFileSync, type ExecFileSyncOptionsWithStringEncoding } from "node:child_process";
import { appendFileSync, chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { freePort } from "./free-port";
import { POSTGRES_BIN } from "./server-programs";

/** Password of the superuser `postgres` of a server that `startPostgres` has made. */
export const POSTGRES_PASSWORD = "the right one";

/** A PostgreSQL of this machine on a free port of loopback, in a folder of its own. */
export interface RealPostgres {
  readonly port: number;
  readonly data: string;
  /** Runs one of PostgreSQL's programs as who owns the data; returns its standard output. @throws Error when it fails */
  run(program: string, ...words: string[]): string;
  /** Runs queries over the server's socket, without a password. */
  sql(database: string, ...queries: string[]): string;
  start(variables?: Readonly<Record<string, string>>): void;
  /** Ends it at once; does nothing where it does not run. */
  stop(): void;
  /** Sends a signal to the postmaster and all its children. */
  signal(signal: NodeJS.Signals): void;
}

/** Whether this machine can run one: as root its programs run as the user `postgres`. */
export function canRunPostgres(): boolean {
  return POSTGRES_BIN !== undefined;
}

/** Makes a cluster with the database `understudy` and starts it. */
export async function startPostgres(
  folder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<RealPostgres> {
  const port = await freePort();
  const data = path.join(folder, "pgdata");
  const asRoot = process.getuid?.() === 0;
  const environment = { ...process.env, PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}`, LC_ALL: "C.UTF-8" };
  const run = (program: string, ...words: string[]): string => {
    const options: ExecFileSyncOptionsWithStringEncoding = {
      ...{ env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] },
    };
    const asPostgres = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...words];
    return asRoot ? execFileSync("setpriv", asPostgres, options) : execFileSync(program, words, options);
  };
  mkdirSync(data, { recursive: true });
  if (asRoot) {
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    for (const one of [folder, data]) chownSync(one, uid, uid);
  }
  writeFileSync(path.join(folder, "password"), POSTGRES_PASSWORD, { mode: 0o644 });
  run(
    ...(["initdb", "-D", data, "-U", "postgres", "--wal-segsize=4", "--no-sync", "--auth-local=trust"] as const),
    ...["--auth-host=scram-sha-256", `--pwfile=${path.join(folder, "password")}`, "--encoding=UTF8"],
  );
  const all = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: folder,
    fsync: "off",
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = '${value}'\n`);
  appendFileSync(path.join(data, "postgresql.conf"), lines.join(""));
  const pid = (): number => Number(readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n", 1)[0]);
  const started: RealPostgres = {
    port,
    data,
    run,
    sql: (database, ...queries) =>
      run(
        "psql",
        "-AtqX",
        "-h",
        folder,
        "-p",
        String(port),
        "-U",
        "postgres",
        "-d",
        database,
        ...queries.flatMap((one) => ["-c", one]),
      ).trim(),
    start: (variables = {}) => {
      Object.assign(environment, variables);
      run("pg_ctl", "-D", data, "-w", "-l", path.join(folder, "log"), "start");
    },
    stop: () => {
      try {
        started.signal("SIGCONT");
        run("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop");
      } catch {
        // It does not run.
      }
    },
    signal: (signal) => {
      const main = pid();
      for (const one of [...childrenOf(main), main]) process.kill(one, signal);
    },
  };
  started.start();
  started.sql("postgres", "create database understudy");
  return started;
}

function childrenOf(parent: number): readonly number[] {
  const listed = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8");
  return listed.split(" ").filter(Boolean).map(Number);
}
