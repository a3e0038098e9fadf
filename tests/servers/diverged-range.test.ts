import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { divergedContentSchema, onlyOurs, type DivergedContent } from "../../drills/rejoin/diverged";
import { rangeWords } from "../../drills/rejoin/order";
import { parseLsn } from "../../evidence/lsn";
import { temporaryFolder } from "../support/temporary-folder";
import { POSTGRES_BIN } from "../support/server-programs";

const READER = path.resolve(__dirname, "../../configs/guard/postgres-diverged.sh");
const SEGMENT = 4_194_304n;

/** Reads a range as the guard does, with the running server in the place of the peer. */
const READ = `set -u
PGDATA=$1/pgdata
. "$2"
own_timeline() { echo 1; }
peer_sql() { database=$2; shift 2; psql -AtqX -h "$root" -U postgres -d "$database" "$@"; }
root=$1
work=$(mktemp -d)
read_diverged "$work" "$3" "$4" "$5" "$6"
range_json "$work/reading" "$work/peer-names" ''
rm -rf "$work"`;

describe("a diverged range of a real PostgreSQL's WAL", function () {
  this.timeout(60_000);
  // Before the folder goes: hooks run in the order they are declared in.
  after(() => {
    if (POSTGRES_BIN !== undefined) run("pg_ctl", "-D", path.join(folder(), "pgdata"), "-m", "immediate", "stop");
  });
  const folder = temporaryFolder();
  const run = (program: string, ...words: string[]): string =>
    execFileSync("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", program, ...words], {
      env: { ...process.env, PATH: `${POSTGRES_BIN ?? ""}:${process.env["PATH"] ?? ""}` },
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  const sql = (database: string, ...queries: string[]): string =>
    run(
      "psql",
      "-AtqX",
      "-h",
      folder(),
      "-U",
      "postgres",
      "-d",
      database,
      ...queries.flatMap((one) => ["-c", one]),
    ).trim();
  /** Where the log is now, with all of it on disk: a checkpoint sees to that, since nobody waits for what is given up. */
  function position(): string {
    const query = "select pg_current_wal_insert_lsn(), pg_current_wal_insert_lsn() = pg_current_wal_flush_lsn()";
    for (let tries = 0; tries < 20; tries += 1) {
      const [at = "", whole] = sql("postgres", "checkpoint", query).split("|");
      if (whole === "t") return at;
    }
    throw new Error("the log is never whole on disk");
  }

  function read(from: string, to: string): DivergedContent {
    const words = rangeWords({ from: parseLsn(from), to: parseLsn(to) }, SEGMENT);
    return divergedContentSchema.parse(JSON.parse(run("sh", "-c", READ, "sh", folder(), READER, ...words)));
  }

  before(function () {
    if (POSTGRES_BIN === undefined || process.getuid?.() !== 0) this.skip();
    const uid = Number(execFileSync("id", ["-u", "postgres"], { encoding: "utf8" }));
    mkdirSync(path.join(folder(), "pgdata"));
    for (const one of [folder(), path.join(folder(), "pgdata")]) chownSync(one, uid, uid);
    run("initdb", "-D", path.join(folder(), "pgdata"), "--wal-segsize=4", "-A", "trust", "--no-sync");
    const options = `-c listen_addresses= -c unix_socket_directories=${folder()} -c autovacuum=off -c wal_keep_size=1000`;
    run("pg_ctl", "-D", path.join(folder(), "pgdata"), "-w", "-o", options, "-l", path.join(folder(), "log"), "start");
    sql("postgres", "create database understudy", "create database shop");
    sql("understudy", "create schema understudy", "create table understudy.events (run text, seq bigint)");
    sql("shop", "create table orders (id int, note text)");
  });

  it("is ours when only the journal, statistics, vacuum and checkpoints wrote in it", () => {
    const from = position();
    for (const seq of [1, 2, 3]) sql("understudy", `insert into understudy.events values ('a', ${seq})`);
    sql("understudy", "analyze understudy.events", "vacuum understudy.events", "checkpoint");
    sql("shop", "vacuum analyze orders", "begin; insert into orders values (0, 'given up'); rollback");
    const content = read(from, position());
    expect(content).to.include({ complete: true, userTransactions: 0 });
    expect(onlyOurs(content)).to.equal(true);
    expect(content.relations?.find((one) => one.name === "understudy.understudy.events")?.inserted).to.equal(3);
  });

  it("counts a user's transactions, and rows by table, in subtransactions too", () => {
    const from = position();
    sql("understudy", "insert into understudy.events values ('b', 1)");
    sql("shop", "insert into orders select n, repeat('x', 50) from generate_series(1, 5000) n");
    sql(
      "shop",
      "begin; savepoint a; update orders set note = 'y' where id < 10; savepoint b; delete from orders where id = 7; commit",
    );
    sql("shop", "copy orders from program 'yes 7,q | head -1000' csv");
    const content = read(from, position());
    expect(content).to.include({ complete: true, transactions: 4, userTransactions: 3 });
    expect(content.relations?.find((one) => one.name === "shop.public.orders")).to.include({
      inserted: 6000,
      updated: 9,
      deleted: 1,
    });
  });

  for (const [what, query] of [
    ["a new table", "create table later (id int)"],
    ["a sequence's value", "select nextval('numbers')"],
    ["a comment", "comment on table orders is 'said'"],
    ["a truncated table", "truncate orders"],
    ["a new role", "create role reader"],
  ] as const) {
    it(`takes ${what} for a user's`, () => {
      sql("shop", "create sequence if not exists numbers");
      const from = position();
      sql("shop", query);
      expect(read(from, position()).userTransactions).to.equal(1);
    });
  }

  it("does not name a table that was made in it: its number may be another's on the peer", () => {
    const from = position();
    sql("shop", "create table made_here as select 1 as one");
    const number = sql("shop", "select pg_relation_filepath('made_here')").replace(/^base/, "1663");
    expect(read(from, position()).relations?.find((one) => one.relation === number)).to.include({
      name: null,
      inserted: 1,
    });
  });

  it("is incomplete when a segment of it is missing, and says nothing of it that was not read", () => {
    const from = position();
    sql("understudy", "insert into understudy.events values ('c', 1)", "select pg_switch_wal()");
    sql("understudy", "insert into understudy.events values ('c', 2)", "select pg_switch_wal()");
    const to = position();
    const segments = readdirSync(path.join(folder(), "pgdata/pg_wal")).filter((one) => /^[0-9A-F]{24}$/.test(one));
    const first = rangeWords({ from: parseLsn(from), to: parseLsn(to) }, SEGMENT)[2] ?? "";
    expect(segments).to.include(`00000001${first}`);
    rmSync(path.join(folder(), `pgdata/pg_wal/00000001${first}`));
    const content = read(from, to);
    expect(content).to.include({ complete: false, transactions: null, userTransactions: null });
    expect(onlyOurs(content)).to.equal(false);
  });
});
