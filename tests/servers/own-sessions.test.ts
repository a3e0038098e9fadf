import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { makeOwnRoles } from "../../drills/bootstrap/accounts";
import { requireDrillLock, takeDrillLock } from "../../drills/hosts/drill-lock";
import {
  connectPostgres,
  ensureSlot,
  eventsBehind,
  identify,
  newestTimeline,
  walPositions,
  type PostgresSession,
} from "../../drills/hosts/postgres";
import { SESSION_SETTINGS, sessionOptions } from "../../drills/hosts/postgres-session";
import { openPostgres } from "../../drills/probe/postgres-connection";
import { readBackPostgres } from "../../drills/probe/postgres-read-back";
import type { NamedHost } from "../../settings/pair";
import { backendMessage, fakePostgresServer } from "../support/fake-postgres-server";
import { openLocalSession } from "../support/local-session";
import { HAS_POSTGRES, RealPostgres } from "../support/trusting-postgres";
import { temporaryFolder } from "../support/temporary-folder";

const GUARD = path.resolve(__dirname, "../../configs/guard");
const HOST = { name: "host-a" } as NamedHost;

/** What the users of a database may set for it, and what must not reach a session of ours. */
const ODDITIES = {
  statement_timeout: "'1ms'",
  lock_timeout: "'1ms'",
  idle_in_transaction_session_timeout: "'1ms'",
  idle_session_timeout: "'100ms'",
  DateStyle: "'SQL, DMY'",
  IntervalStyle: "'iso_8601'",
  TimeZone: "'Asia/Kathmandu'",
  search_path: "nowhere, pg_catalog",
  default_transaction_read_only: "on",
  default_transaction_isolation: "serializable",
  default_transaction_deferrable: "on",
  bytea_output: "escape",
  standard_conforming_strings: "off",
  role: "nobody",
  exit_on_error: "on",
} as const;

describe("sessions of ours with a real PostgreSQL that has no database `postgres`", function () {
  this.timeout(60_000);
  const open: PostgresSession[] = [];
  let server: RealPostgres | undefined;
  after(async () => {
    await Promise.all(open.map((one) => one.end().catch(() => undefined)));
    server?.stop();
  });
  const folder = temporaryFolder();
  const running = (): RealPostgres => server ?? expect.fail("no server");
  const target = (): { address: string; port: number; password: string } => ({
    ...{ address: "127.0.0.1", port: running().port, password: "x" },
  });
  async function session(): Promise<PostgresSession> {
    const one = await connectPostgres(target());
    open.push(one);
    return one;
  }

  before(async function () {
    if (!HAS_POSTGRES) this.skip();
    server = await RealPostgres.start(folder());
    server.sql("template1", "create database understudy", "drop database postgres", "create role nobody");
    server.sql(
      "understudy",
      "create schema understudy",
      "create table understudy.events (written_at timestamptz not null default clock_timestamp(), run text not null, seq bigint not null)",
      "create index on understudy.events (written_at desc)",
      "insert into understudy.events (run, seq) values ('before', 1)",
    );
    const local = await openLocalSession(server);
    await makeOwnRoles(local, { postgres: "x" });
    await local.end();
    for (const [name, value] of Object.entries(ODDITIES)) {
      server.sql(
        "template1",
        `alter database understudy set ${name} = ${value}`,
        `alter role postgres set ${name} = ${value}`,
      );
    }
  });

  it("bring every setting along that the database and the role set otherwise", async () => {
    const sql = await session();
    const { rows } = await sql.query<{ name: string; setting: string }>(
      "select name, setting from pg_settings union all select 'role', current_setting('role')",
    );
    const settings = new Map(rows.map((one) => [one.name.toLowerCase(), one.setting]));
    for (const [name, value] of Object.entries(SESSION_SETTINGS)) {
      expect(settings.get(name)?.replace(", DMY", "").replace(", MDY", ""), name).to.equal(value);
    }
    expect(settings.get("application_name")).to.equal("understudy-drill");
    expectAllSet(Object.keys(ODDITIES));
  });

  it("outlive what would end an idle session, read times as they are, and write", async () => {
    const sql = await session();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await sql.query("select pg_sleep(0.05)");
    const { rows } = await sql.query<{ at: Date }>(
      "select written_at as at from understudy.events where run = 'before'",
    );
    expect(Math.abs(Date.now() - (rows[0]?.at.getTime() ?? 0))).to.be.below(60_000);
    expect(await identify(sql)).to.include({ inRecovery: false, timeline: 1 });
    expect(await newestTimeline(sql)).to.equal(1);
    expect(await walPositions(sql)).to.deep.equal({ received: null, replayed: null });
    await ensureSlot(sql, "understudy_host_b");
    await sql.query("checkpoint");
    expect(await eventsBehind(sql, await session())).to.equal(0);
  });

  it("let the probe write, and read back what it wrote", async () => {
    const at = { host: "127.0.0.1", port: running().port };
    const connection = await openPostgres(at, "x", "d-1");
    const answers = [await connection.write(1), await connection.write(2)];
    connection.destroy();
    expect(answers.map(({ outcome, reason }) => `${outcome}${reason}`)).to.deep.equal(["a", "a"]);
    expect((await readBackPostgres(at, "x", { run: "d-1", startedAgoMs: 0 })).found).to.deep.equal([[1, 2]]);
  });

  it("hold the drill's lock for one run alone, and say when it is lost", async () => {
    const [first, second] = [await session(), await session()];
    await takeDrillLock({ host: HOST, sql: first });
    await requireDrillLock({ host: HOST, sql: first });
    expect(await refusal(requireDrillLock({ host: HOST, sql: second }))).to.match(/host-a: the drill's lock is lost/);
    const { rows } = await first.query<{ pid: number }>("select pg_backend_pid() as pid");
    running().sql("template1", `select pg_terminate_backend(${rows[0]?.pid ?? 0})`);
    expect(await refusal(requireDrillLock({ host: HOST, sql: first }))).to.match(/host-a: the drill's lock is lost/);
    expect(await refusal(takeDrillLock({ host: HOST, sql: first }))).to.match(/the drill's lock cannot be taken/);
    await takeDrillLock({ host: HOST, sql: first }, { mayBeStopped: true });
    await takeDrillLock({ host: HOST, sql: second });
  });

  it("count what the standby lacks also behind a row of the future", async () => {
    const [primary, standby] = [await session(), await session()];
    await primary.query("insert into understudy.events values (now() + interval '1 day', 'ahead', 1)");
    expect(await eventsBehind(primary, standby)).to.equal(0);
    await standby.query("begin isolation level repeatable read");
    await standby.query("select count(*) from understudy.events");
    await primary.query("insert into understudy.events (run, seq) select 'late', generate_series(1, 7)");
    expect(await eventsBehind(primary, standby)).to.equal(7);
    await primary.query("insert into understudy.events values (now() + interval '2 days', 'ahead', 2)");
    expect(await eventsBehind(primary, standby)).to.equal(8);
    await standby.query("rollback");
  });

  it("of the boot guard ask the peer, and say what it is", async () => {
    expect(guard('ask_peer; printf "%s %s\\n" "$peer" "$peer_timeline"')).to.equal("primary 1\n");
    await withoutOwnDatabase(() => {
      expect(guard('ask_peer; printf "%s\\n" "$peer"')).to.equal("primary\n");
    });
  });

  it("of the agent see the peer, and fence it with its mark", async () => {
    expect(agent("reach-peer\n")).to.match(/^peer=\d+ 1 [0-9A-F]+\/[0-9A-F]+ ?\nok\n$/);
    agent("fence-peer d-7\n");
    const mark = path.join(folder(), "understudy/fenced");
    for (let turn = 0; turn < 100 && existsSync(path.join(running().pgdata, "postmaster.pid")); turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(existsSync(path.join(running().pgdata, "postmaster.pid")), "the server runs").to.equal(false);
    expect(readFileSync(mark, "utf8")).to.match(/^d-7 at \d{4}-\d\d-\d\dT/);
    running().begin();
  });

  async function withoutOwnDatabase(work: () => Promise<void> | void): Promise<void> {
    await Promise.all(open.splice(0).map((one) => one.end().catch(() => undefined)));
    running().sql("template1", "alter database understudy rename to elsewhere");
    try {
      await work();
    } finally {
      running().sql("template1", "alter database elsewhere rename to understudy");
    }
  }

  function expectAllSet(names: readonly string[]): void {
    const options = running().sql("template1", "select unnest(setconfig) from pg_db_role_setting").toLowerCase();
    for (const name of names) expect(options, name).to.include(`${name.toLowerCase()}=`);
  }

  async function refusal(work: Promise<unknown>): Promise<string> {
    return work.then(
      () => "nothing",
      (error: unknown) => String(error),
    );
  }

  /** The scripts of the container of host-b in a folder of their own; host-a is the real server. */
  function container(): { at: (name: string) => string; env: Readonly<Record<string, string>> } {
    const at = (name: string): string => path.join(folder(), "peer", name);
    if (!existsSync(at("understudy"))) {
      for (const one of ["understudy/files/current", "data/pgdata", "data/understudy/journal"])
        mkdirSync(at(one), { recursive: true });
      for (const [from, to] of [
        ["postgres-common.sh", "common.sh"],
        ["postgres-agent.sh", "agent.sh"],
        ["postgres-encryption.sh", "encryption.sh"],
        ["postgres-guard.sh", "guard.sh"],
      ] as const) {
        cpSync(path.join(GUARD, from), at(`understudy/${to}`));
        const text = readFileSync(at(`understudy/${to}`), "utf8");
        writeFileSync(at(`understudy/${to}`), text.replaceAll(/(?<![\w$}/.*"'-])\/understudy\b/g, at("understudy")));
      }
      for (const one of ["postgres", "replication", "guard"])
        writeFileSync(at(`understudy/files/current/${one}`), "x\n");
    }
    const env = {
      ...{ PGDATA: at("data/pgdata"), UNDERSTUDY_HOST: "host-b", UNDERSTUDY_PEER_HOST: "host-a" },
      ...{ UNDERSTUDY_PEER_ADDRESS: "127.0.0.1", UNDERSTUDY_PEER_PORT: String(running().port) },
      ...{
        UNDERSTUDY_PEER_TIMEOUT: "3",
        UNDERSTUDY_REPLICATION_USER: "postgres",
        UNDERSTUDY_GUARD_USER: "understudy_guard",
        UNDERSTUDY_SUPERUSER_OVER_NETWORK: "no",
        UNDERSTUDY_SLOT: "understudy_host_b",
      },
      ...{ UNDERSTUDY_BOOT_POLICY: "hold" },
    };
    return { at, env };
  }

  /** Runs words with the guard's own functions: all of it up to where it begins to act. */
  function guard(words: string): string {
    const { at, env } = container();
    const script = readFileSync(at("understudy/guard.sh"), "utf8").replace(
      /\nstopping=\nserver=\n[\s\S]*/,
      `\n${words}\n`,
    );
    return running().attempt("sh", ["-c", script], { env }).stdout;
  }

  function agent(input: string): string {
    const { at, env } = container();
    return running().attempt("sh", [at("understudy/agent.sh")], { env, input }).stdout;
  }
});

describe("what sessions of ours bring along", () => {
  it("is the same list in the boot guard's scripts", () => {
    const script = readFileSync(path.join(GUARD, "postgres-common.sh"), "utf8");
    expect(/^own_session='(.*)'$/m.exec(script)?.[1]).to.equal(sessionOptions());
  });

  for (const [version, knows] of [
    ["15.8 (Debian 15.8-0+deb12u1)", false],
    ["16.4", false],
    ["17.0", true],
    ["18beta1", true],
  ] as const) {
    it(`is no transaction_timeout for ${version}${knows ? ", but right after it" : ""}`, async () => {
      const asked: string[] = [];
      const done = Buffer.concat([backendMessage("C", "SET\0"), backendMessage("Z", "I")]);
      const fake = await fakePostgresServer(
        (socket, { text }) => {
          asked.push(text);
          socket.write(done);
        },
        0,
        version,
      );
      const sql = await connectPostgres({ address: "127.0.0.1", port: fake.port, password: "x" });
      await sql.end();
      fake.server.close();
      expect(sessionOptions()).to.not.include("transaction_timeout");
      expect(asked).to.deep.equal(knows ? ["set transaction_timeout = 0"] : []);
      const pgdata = mkdtempSync(path.join(tmpdir(), "pgdata-"));
      writeFileSync(path.join(pgdata, "PG_VERSION"), `${/^\d+/.exec(version)?.[0] ?? ""}\n`);
      const env = { PATH: process.env["PATH"], PGDATA: pgdata };
      const shell = `. "${path.join(GUARD, "postgres-common.sh")}"; session_options`;
      const options = execFileSync("sh", ["-c", shell], { env, encoding: "utf8" });
      rmSync(pgdata, { recursive: true });
      expect(options).to.equal(`${sessionOptions()}${knows ? " -c transaction_timeout=0" : ""}`);
    });
  }
});
