import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Client } from "pg";
import { grantStatements, makeOwnRoles } from "../../drills/bootstrap/accounts";
import { createJournal } from "../../drills/bootstrap/journal";
import { endClientSessions } from "../../drills/hosts/client-sessions";
import { requireDrillLock, takeDrillLock } from "../../drills/hosts/drill-lock";
import { asSession, type LocalSession } from "../../drills/hosts/local-postgres";
import {
  closeArchive,
  connectPostgres,
  dropIdleSlot,
  dropSlotOfStandby,
  ensureSlot,
  eventsBehind,
  identify,
  newestTimeline,
  streamingTo,
  timelineHistory,
  walPositions,
  type PostgresSession,
} from "../../drills/hosts/postgres";
import { openSql } from "../../drills/hosts/sessions";
import { openPostgres } from "../../drills/probe/postgres-connection";
import { readBackPostgres } from "../../drills/probe/postgres-read-back";
import type { Credentials } from "../../settings/credentials";
import { REPLICATION_USER } from "../../settings/names";
import { OWN_FUNCTIONS, OWN_ROLE_NAMES, ownPassword, type OwnRole } from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import { openLocalSession } from "../support/local-session";
import { HAS_POSTGRES, RealPostgres } from "../support/trusting-postgres";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const CREDENTIALS: Credentials = { postgres: "super", replication: "stream", redis: "hush", grafana: "x" };
const HOST = { name: "host-a", address: "127.0.0.1" } as NamedHost;
const HBA = readFileSync(path.resolve(__dirname, "../../configs/timescaledb/pg_hba.conf"), "utf8");

/** What an error has as its code; `done` where there was none. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  );
}

describe("our own roles on a real PostgreSQL", function () {
  this.timeout(90_000);
  const open: { end(): Promise<unknown> }[] = [];
  let server: RealPostgres | undefined;
  after(async () => {
    await Promise.all(open.map((one) => one.end().catch(() => undefined)));
    server?.stop();
  });
  const folder = temporaryFolder();
  let local: LocalSession;
  const running = (): RealPostgres => server ?? expect.fail("no server");

  const at = (role: string, password = ownPassword(CREDENTIALS, role)): Parameters<typeof connectPostgres>[0] => ({
    ...{ address: "127.0.0.1", port: running().port, user: role, password },
  });
  async function as(role: OwnRole, database?: string): Promise<PostgresSession> {
    const session = await connectPostgres(at(role), database);
    open.push(session);
    return session;
  }
  const hba = (superuser: boolean): void => {
    const lines = HBA.replaceAll("${replication_user}", REPLICATION_USER).split("\n");
    const kept = lines.filter((line) => !superuser || !/^host +all +postgres +all +reject$/.test(line));
    writeFileSync(path.join(running().pgdata, "pg_hba.conf"), kept.join("\n"));
    running().sql("template1", "select pg_reload_conf()");
  };

  before(async function () {
    if (!HAS_POSTGRES) this.skip();
    server = await RealPostgres.start(folder(), { password_encryption: "scram-sha-256", wal_log_hints: "on" });
    server.sql("template1", "create database understudy", "create database shop", "drop database postgres");
    server.sql(
      "template1",
      "alter role postgres password 'super'",
      `create role ${REPLICATION_USER} login replication`,
    );
    server.sql("shop", "create table orders (number int)", "insert into orders values (1)");
    server.sql("understudy", "create table public.theirs (secret text)", "insert into public.theirs values ('x')");
    local = await openLocalSession(server);
    open.push(local);
    await createJournal(asSession(local));
  });

  it("are not there before: the superuser is let in, as before there were roles", async () => {
    hba(true);
    const environment = { ...sampleEnvironment(2), ports: { ...sampleEnvironment(2).ports, postgres: running().port } };
    const session = await openSql(HOST, environment, CREDENTIALS);
    open.push(session);
    expect(session.user).to.equal("postgres");
    await ensureSlot(session, "understudy_host_c");
    await dropIdleSlot(session, "understudy_host_c");
    expect(await timelineHistory(session, 1)).to.equal(null);
    expect(await codeOf(openSql(HOST, environment, { ...CREDENTIALS, postgres: "other" }))).to.equal("28P01");
  });

  it("are made by the local socket, as often as one likes, and keep their passwords", async () => {
    await makeOwnRoles(local, CREDENTIALS);
    const kept =
      "select string_agg(rolname || rolpassword, ' ' order by 1) from pg_authid where rolname like 'understudy%'";
    const first = running().sql("template1", kept);
    await makeOwnRoles(local, CREDENTIALS);
    expect(running().sql("template1", kept)).to.equal(first);
    const other = await makeOwnRoles(local, { ...CREDENTIALS, postgres: "another" }).then(String, String);
    expect(other).to.match(/understudy:postgresPassword: role understudy_drill was made with another one/);
    const roles = await makeOwnRoles(local, { ...CREDENTIALS, roles: "another" }).then(String, String);
    expect(roles).to.match(/understudy:rolesPassword/);
    expect(running().sql("template1", kept)).to.equal(first);
    const attributes = "select bool_or(rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)";
    expect(
      running().sql(
        "template1",
        `${attributes} from pg_roles where rolname like 'understudy_%' and rolname <> '${REPLICATION_USER}'`,
      ),
    ).to.equal("f");
  });

  it("log in where the superuser no longer does, each in its own databases, and replicate nowhere", async () => {
    hba(false);
    expect(await codeOf(connectPostgres(at("postgres", "super")))).to.equal("28000");
    expect(await codeOf(connectPostgres(at("postgres", "super"), "shop"))).to.equal("28000");
    for (const role of OWN_ROLE_NAMES) expect((await as(role)).user).to.equal(role);
    expect(await codeOf(as("understudy_drill", "shop"))).to.equal("28000");
    expect(await codeOf(as("understudy_probe", "shop"))).to.equal("28000");
    expect(await codeOf(as("understudy_agent", "shop"))).to.equal("28000");
    expect(await codeOf(as("understudy_exporter", "shop"))).to.equal("28000");
    expect(await codeOf(as("understudy_guard", "shop"))).to.equal("done");
    expect(running().sql("understudy", "select 1")).to.equal("1");
    for (const role of OWN_ROLE_NAMES) {
      const { address: host, ...rest } = at(role);
      const sender = new Client({ host, ...rest, database: "x", replication: "true" } as ConstructorParameters<
        typeof Client
      >[0]);
      expect(await codeOf(sender.connect()), role).to.equal("28000");
    }
  });

  it("let the drill do all that it says", async () => {
    const [drill, other] = [await as("understudy_drill"), await as("understudy_drill")];
    expect(await identify(drill)).to.include({ inRecovery: false, timeline: 1 });
    expect(await newestTimeline(drill)).to.equal(1);
    await walPositions(drill);
    await ensureSlot(drill, "understudy_host_b");
    await ensureSlot(drill, "understudy_host_b");
    expect(await streamingTo(drill, "understudy_host_b")).to.equal(null);
    await dropSlotOfStandby(drill, "understudy_host_b");
    expect(running().sql("template1", "select slot_name from pg_replication_slots")).to.equal("understudy_host_b");
    await dropIdleSlot(drill, "understudy_host_b");
    expect(running().sql("template1", "select slot_name from pg_replication_slots")).to.equal("");
    await closeArchive(drill);
    await drill.query("checkpoint");
    expect(await timelineHistory(drill, 1)).to.equal(null);
    expect(await eventsBehind(drill, other)).to.equal(0);
    await takeDrillLock({ host: HOST, sql: drill });
    await requireDrillLock({ host: HOST, sql: drill });
    // There is nothing to promote: that it may is what the code says.
    expect(await codeOf(drill.query("select pg_promote(false)"))).to.equal("55000");
    const superuser = await openLocalSession(running());
    const { told, left } = await endClientSessions(drill, "understudy_host_b", 3000);
    expect([told > 1, left]).to.deep.equal([true, []]);
    expect(
      await superuser.query("select 1 as one").then(
        () => "lives",
        () => "ended",
      ),
    ).to.equal("ended");
    local = await openLocalSession(running());
    open.push(local);
  });

  it("let the probe write and read back", async () => {
    const where = { host: "127.0.0.1", port: running().port };
    const password = ownPassword(CREDENTIALS, "understudy_probe");
    const connection = await openPostgres(where, password, "d-1");
    const answers = [await connection.write(1), await connection.write(2)];
    connection.destroy();
    expect(answers.map(({ outcome, reason }) => `${outcome}${reason}`)).to.deep.equal(["a", "a"]);
    expect((await readBackPostgres(where, password, { run: "d-1", startedAgoMs: 0 })).found).to.deep.equal([[1, 2]]);
  });

  const NOBODY = [
    "select * from public.theirs",
    "insert into public.theirs values ('y')",
    "drop table public.theirs",
    "create table public.mine (a int)",
    "create table understudy.mine (a int)",
    "create schema mine",
    "update understudy.events set seq = 1",
    "delete from understudy.events",
    "truncate understudy.events",
    "drop table understudy.events",
    "alter table understudy.events add column a int",
    "drop schema understudy cascade",
    "drop database shop",
    "create database mine",
    "create role mine",
    "alter role postgres password 'mine'",
    "drop role understudy_guard",
    "grant pg_read_all_data to current_user",
    "set role postgres",
    "set session authorization postgres",
    "alter system set work_mem = '1GB'",
    "select pg_reload_conf()",
    "select rolpassword from pg_authid",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/understudy-not-there'",
    "create extension file_fdw",
    "select pg_create_physical_replication_slot('theirs')",
    "select pg_create_logical_replication_slot('theirs', 'test_decoding')",
    "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid()",
    "select pg_create_restore_point('mine')",
    "select pg_switch_wal()",
    "select pg_backup_start('mine')",
    "select pg_wal_replay_pause()",
    "select lo_import('/etc/hostname')",
    "select pg_read_binary_file('/etc/passwd')",
    "set log_statement = 'all'",
    "create function understudy.mine() returns int language sql as 'select 1'",
  ];
  const FILES = [
    "select pg_read_file('PG_VERSION', 0, 10, true)",
    "select pg_ls_dir('base', true, false)",
    "select pg_read_binary_file('PG_VERSION')",
  ];
  const NOT: Readonly<Record<OwnRole, readonly string[]>> = {
    understudy_drill: [
      ...FILES,
      "insert into understudy.events (run, seq) values ('x', 1)",
      "select understudy.fence('d')",
      "set log_min_messages = 'fatal'",
    ],
    understudy_probe: [
      ...FILES,
      "checkpoint",
      "select pg_promote(false)",
      "select understudy.fence('d')",
      "select pg_ls_waldir()",
      ...Object.entries(OWN_FUNCTIONS).map(([name, { takes }]) => `select understudy.${name}('1'::${takes})`),
    ],
    understudy_guard: [
      "select pg_promote(false)",
      "insert into understudy.events (run, seq) values ('x', 1)",
      "set log_min_messages = 'fatal'",
      ...Object.entries(OWN_FUNCTIONS).map(([name, { takes }]) => `select understudy.${name}('1'::${takes})`),
    ],
    understudy_exporter: [
      ...FILES,
      "checkpoint",
      "select pg_promote(false)",
      "select understudy.fence('d')",
      "select from understudy.events",
      ...Object.entries(OWN_FUNCTIONS).map(([name, { takes }]) => `select understudy.${name}('1'::${takes})`),
    ],
    understudy_agent: [
      ...FILES,
      "checkpoint",
      "select pg_promote(false)",
      "select understudy.fence('d')",
      "insert into understudy.events (run, seq) values ('x', 1)",
      "set log_min_messages = 'fatal'",
      ...Object.entries(OWN_FUNCTIONS).map(([name, { takes }]) => `select understudy.${name}('1'::${takes})`),
    ],
  };

  for (const role of OWN_ROLE_NAMES) {
    it(`let ${role} do nothing else`, async () => {
      const watched = await openLocalSession(running());
      open.push(watched);
      const session = await as(role);
      for (const statement of [...NOBODY, ...NOT[role]])
        expect(await codeOf(session.query(statement)), statement).to.equal("42501");
      expect(await watched.query<{ one: number }>("select 1 as one").then(({ rows }) => rows)).to.deep.equal([
        { one: 1 },
      ]);
      expect(running().sql("shop", "select count(*) from orders")).to.equal("1");
    });
  }

  it("make and drop no slot of somebody else", async () => {
    running().sql("template1", "select pg_create_physical_replication_slot('theirs')");
    const drill = await as("understudy_drill");
    await ensureSlot(drill, "mine");
    await dropIdleSlot(drill, "theirs");
    expect(running().sql("template1", "select slot_name from pg_replication_slots")).to.equal("theirs");
    running().sql("template1", "select pg_drop_replication_slot('theirs')");
  });

  it("of the guard reads no table of a database that it may enter", async () => {
    expect(await codeOf((await as("understudy_guard", "shop")).query("select * from orders"))).to.equal("42501");
  });

  it("are asked by functions that nobody else can bend", async () => {
    const { rows } = await local.query<{
      name: string;
      definer: boolean;
      config: string;
      owner: string;
      open: boolean;
    }>(
      `select proname as name, prosecdef as definer, array_to_string(proconfig, ';') as config, proowner::regrole::text as owner,
              has_function_privilege('public', oid, 'execute') as open from pg_proc where pronamespace = 'understudy'::regnamespace`,
    );
    expect(rows.map(({ name }) => name).sort()).to.deep.equal([...Object.keys(OWN_FUNCTIONS), "fence"].sort());
    for (const one of rows)
      expect(one, one.name).to.include({
        definer: true,
        config: "search_path=pg_catalog, pg_temp",
        owner: "postgres",
        open: false,
      });
    expect(grantStatements().filter((one) => /\bto public\b/.test(one))).to.deep.equal([]);
  });

  it("of the guard stop a server with its mark, and run no other program", async () => {
    const guard = await as("understudy_guard");
    for (const id of ["", "a b", "x'; touch /tmp/understudy-not-there; '", "a\nb", "$(id)"])
      expect(await codeOf(guard.query("select understudy.fence($1)", [id])), id).to.equal("22023");
    expect(running().sql("template1", "select 1")).to.equal("1");
  });

  it("of the guard rewind a former primary to its peer", async () => {
    const source = running();
    const target = path.join(folder(), "target");
    source.stop("fast");
    source.run("cp", "-r", source.pgdata, target);
    source.run("touch", path.join(source.pgdata, "standby.signal"));
    source.begin({ wal_log_hints: "on" });
    source.sql("template1", "select pg_promote()");
    source.sql("understudy", "insert into understudy.events (run, seq) values ('there', 1)");
    const other = [
      "-D",
      target,
      "-w",
      "-o",
      `-c port=${source.port} -c unix_socket_directories=${target} -c listen_addresses= -c wal_log_hints=on`,
      "-l",
      path.join(folder(), "log2"),
    ];
    source.run("pg_ctl", ...other, "start");
    source.run(
      "psql",
      "-h",
      target,
      "-p",
      String(source.port),
      "-U",
      "postgres",
      "-d",
      "understudy",
      "-qc",
      "insert into understudy.events (run, seq) values ('here', 1)",
    );
    source.run("pg_ctl", "-D", target, "-w", "-m", "fast", "stop");
    await (await as("understudy_guard")).query("checkpoint");
    const dsn = `host=127.0.0.1 port=${source.port} user=understudy_guard dbname=understudy password=${ownPassword(CREDENTIALS, "understudy_guard")}`;
    const { status, stderr } = source.attempt("pg_rewind", [`--target-pgdata=${target}`, `--source-server=${dsn}`]);
    expect(status, stderr).to.equal(0);
    expect(stderr).to.include("Done!");
    cpSync(path.join(source.pgdata, "PG_VERSION"), path.join(folder(), "seen"));
  });
});
