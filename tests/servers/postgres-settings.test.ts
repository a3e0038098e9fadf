import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { readPostgresSettings, type PostgresSettings } from "../../drills/hosts/server-settings/postgres-settings";
import { POSTGRES_TRIAL, postgresTrialWords } from "../../drills/hosts/server-settings/postgres-trial";
import { parseTrial, type Trial } from "../../drills/hosts/server-settings/trial";
import type { LocalSession } from "../../drills/hosts/local-postgres";
import { loweredLimits, pendingOfPostgres, whyStandbyWaits } from "../../operator/settings/plan";
import { environmentSchema } from "../../settings/environment";
import { REPLICATION_USER } from "../../settings/names";
import { postgresLayers, postgresSettingsText, type LayeredSetting } from "../../settings/server/layers";
import { USUAL_LIMITS } from "../../settings/server/postgres-managed";
import { CAN_GUARD_POSTGRES, GuardedPostgres } from "../support/guarded-postgres";
import { openLocalSession } from "../support/local-session";
import { sampleEnvironment } from "../unit/components/sample";
import { relocated } from "../unit/guard/stage";

const PASSWORDS = { postgres: randomBytes(9).toString("hex"), replication: randomBytes(9).toString("hex") };

type Given = Parameters<typeof environmentSchema.shape.timescaledb.parse>[0];

const sections = (timescaledb: Given) => ({
  ...sampleEnvironment(2),
  timescaledb: environmentSchema.shape.timescaledb.parse(timescaledb),
});
const layersOf = (timescaledb: Given): readonly LayeredSetting[] => postgresLayers(sections(timescaledb));

describe("the settings of a pair of PostgreSQL", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let [a, b] = [undefined, undefined] as unknown as [GuardedPostgres, GuardedPostgres];

  before(async function () {
    if (!CAN_GUARD_POSTGRES) this.skip();
    a = await GuardedPostgres.make("host-a", { ...PASSWORDS, guard: "hush" });
    b = await GuardedPostgres.make("host-b", { ...PASSWORDS, guard: "hush" });
    [a.peer, b.peer] = [b, a];
    for (const one of [a, b])
      one.files["postgresql.conf"] = `${one.files["postgresql.conf"] ?? ""}include_if_exists 'settings.conf'\n`;
    a.tell("primary");
    a.start();
    await a.until("a primary", () => a.sql("select 1") === "1");
    a.sql(`create role ${REPLICATION_USER} login replication password '${PASSWORDS.replication}'`);
    a.sql("create database understudy");
    a.sql("select pg_create_physical_replication_slot('understudy_host_b')");
    b.tell("standby");
    b.start();
    await a.until("a standby", () => a.sql("select state from pg_stat_replication") === "streaming");
    a.run("touch", [a.path("data/understudy/paired")]);
  });
  after(async () => {
    for (const one of [a, b]) await (one as GuardedPostgres | undefined)?.remove();
  });

  const sessionOf = (at: GuardedPostgres): Promise<LocalSession> =>
    openLocalSession({ folder: at.path("socket"), port: at.port });
  const read = async (at: GuardedPostgres): Promise<PostgresSettings> => {
    const session = await sessionOf(at);
    const query = (text: string): unknown =>
      session.query(text.replaceAll("'/understudy/", `'${at.folder}/understudy/`));
    try {
      return await readPostgresSettings({ query, end: () => session.end() } as unknown as LocalSession, at.host);
    } finally {
      await session.end();
    }
  };
  const put = (at: GuardedPostgres, given: Given): void => {
    at.files["settings.conf"] = postgresSettingsText(sections(given));
    at.reload();
  };
  const tried = (at: GuardedPostgres, given: Given): Trial => {
    const words = ["-c", relocated(POSTGRES_TRIAL, at.folder), "sh", ...postgresTrialWords(layersOf(given))];
    const { status, stdout, stderr } = at.run("sh", words);
    expect(status, stderr).to.equal(0);
    return parseTrial(stdout);
  };
  const alone = (trial: Trial): readonly string[] =>
    trial.kind === "refused" ? trial.alone.map(({ name }) => name) : expect.fail(trial.kind);

  it("that nobody declared are as the product's own table says", async () => {
    const { values, text, standby } = await read(a);
    expect([standby, text]).to.deep.equal([false, null]);
    for (const [name, usual] of Object.entries(USUAL_LIMITS))
      expect(Number(values.get(name)?.raw), name).to.equal(usual);
  });

  it("are tried before anything changes: what the server refuses is told by its name, with its words", () => {
    const good = tried(a, { settings: { work_mem: "8MB" } });
    expect(good.kind).to.equal("taken");
    expect(good.kind === "taken" && good.sharedMemoryMib).to.be.within(250, 400);
    expect(alone(tried(a, { settings: { work_mem: "eight", no_such_setting: 1, jit: false } }))).to.have.members([
      "work_mem",
      "no_such_setting",
    ]);
    expect(alone(tried(a, { settings: { shared_buffers: "4kB" } }))).to.deep.equal(["shared_buffers"]);
    // Each does alone: what reserves connections must leave some.
    const together = tried(a, { settings: { max_connections: 25, superuser_reserved_connections: 30 } });
    expect(together.kind).to.equal("refused");
    const missing = tried(a, { preload: ["pg_stat_statements", "no_such_library"] });
    expect(alone(missing)).to.deep.equal(["shared_preload_libraries no_such_library"]);
    expect(missing.kind === "refused" && missing.alone[0]?.words).to.contain("no_such_library");
    expect(tried(a, { preload: ["auto_explain"], settings: { "auto_explain.log_min_duration": "1s" } }).kind).to.equal(
      "taken",
    );
    expect(a.run("sh", ["-c", "ls -d /tmp/tmp.*/data/global 2>/dev/null"]).stdout).to.equal("");
    expect(a.sql("show work_mem")).to.equal("4MB");
  });

  it("that reload are there at once, and the product's own stay on top", async () => {
    const session = await sessionOf(a);
    const { rows: before } = await session.query<{ pid: number }>("select pg_backend_pid() as pid");
    for (const one of [a, b]) put(one, { settings: { work_mem: "8MB", statement_timeout: "5min" } });
    await a.until("the new value", () => a.sql("show work_mem") === "8MB");
    await b.until("the new value", () => b.sql("show work_mem") === "8MB");
    expect((await session.query<{ pid: number }>("select pg_backend_pid() as pid")).rows).to.deep.equal(before);
    await session.end();
    const now = await read(a);
    expect(now.lines.get("work_mem")).to.deep.include({ file: "settings", error: null });
    // What this reading's own session has of its own is nobody's setting.
    expect(now.values.get("statement_timeout")?.value).to.equal(null);
    expect(now.lines.get("statement_timeout")?.value).to.equal("5min");
    expect(now.lines.get("wal_level")?.file).to.equal("other");
  });

  it("that are read at a start are told as waiting, what was declared apart from what follows from memory", async () => {
    const given = { settings: { max_connections: 150, work_mem: "8MB" } };
    for (const one of [a, b]) put(one, given);
    await a.until("the mark", () => a.sql("select count(*) from pg_settings where pending_restart") === "2");
    expect(pendingOfPostgres(await read(a), layersOf(given))).to.deep.equal({
      declared: ["max_connections"],
      tuned: ["shared_buffers"],
      byHand: [],
    });
    expect(loweredLimits(await read(a), layersOf(given))).to.deep.equal([]);
  });

  it("are raised on the standby first, which then follows a primary that has less", async () => {
    const given = { settings: { max_connections: 150, work_mem: "8MB" } };
    expect(whyStandbyWaits(await read(a), await read(b), layersOf(given))).to.equal(undefined);
    await b.stop();
    b.start();
    await a.until("a standby", () => a.sql("select state from pg_stat_replication") === "streaming");
    expect([b.sql("show max_connections"), a.sql("show max_connections")]).to.deep.equal(["150", "100"]);
    expect(b.sql("show shared_buffers")).to.equal("250MB");
    await a.stop();
    a.start();
    await a.until("the primary again", () => a.sql("show max_connections") === "150");
    await a.until("a standby", () => a.sql("select state from pg_stat_replication") === "streaming");
    expect(pendingOfPostgres(await read(a), layersOf(given)).declared).to.deep.equal([]);
  });

  it("are lowered on the primary first: the standby must wait, and starts once it has replayed that", async () => {
    const given = { settings: { max_connections: 120 } };
    put(a, given);
    expect(loweredLimits(await read(a), layersOf(given))).to.deep.equal([
      { name: "max_connections", from: 150, to: 120 },
    ]);
    expect(whyStandbyWaits(await read(a), await read(b), layersOf(given))).to.contain("max_connections");
    await a.stop();
    a.start();
    await a.until("the primary again", () => a.sql("show max_connections") === "120");
    await a.until("a standby", () => a.sql("select state from pg_stat_replication") === "streaming");
    a.sql("checkpoint");
    const lsn = a.sql("select pg_current_wal_lsn()") ?? "";
    await b.until("it is replayed", () => b.sql(`select pg_last_wal_replay_lsn() >= '${lsn}'`) === "t");
    b.sql("checkpoint");
    expect(whyStandbyWaits(await read(a), await read(b), layersOf(given))).to.equal(undefined);
    put(b, given);
    await b.stop();
    b.start();
    await a.until("a standby", () => a.sql("select state from pg_stat_replication") === "streaming");
    expect(b.sql("show max_connections")).to.equal("120");
  });

  it("that somebody sets by ALTER SYSTEM are told apart, also those that wait", async () => {
    a.sql("alter system set work_mem = '32MB'");
    a.sql("alter system set max_locks_per_transaction = 128");
    a.sql("select pg_reload_conf()");
    await a.until("the new value", () => a.sql("show work_mem") === "32MB");
    const now = await read(a);
    const byHand = [...now.lines.values()].filter(({ file }) => file === "auto").map(({ name }) => name);
    expect(byHand).to.have.members(["work_mem", "max_locks_per_transaction"]);
    const given = { settings: { max_connections: 120 } };
    expect(pendingOfPostgres(now, layersOf(given)).byHand).to.deep.equal(["max_locks_per_transaction"]);
    // What it has set counts, whatever the files say.
    const less = { settings: { max_connections: 120, max_locks_per_transaction: 32 } };
    expect(loweredLimits(now, layersOf(less))).to.deep.equal([]);
    for (const name of byHand) a.sql(`alter system reset ${name}`);
    a.sql("select pg_reload_conf()");
    await a.until("the value of the files", () => a.sql("show work_mem") !== "32MB");
  });

  it("have timescaledb loaded first where the image has it, before what the environment file names", () => {
    const line = (): string => a.asGuard("preload_line");
    a.files["settings.conf"] = postgresSettingsText(sections({ preload: ["auto_explain", "pg_stat_statements"] }));
    a.writeFiles();
    expect(line()).to.equal("");
    mkdirSync(a.path("share/extension"), { recursive: true });
    writeFileSync(a.path("share/extension/timescaledb.control"), "");
    writeFileSync(a.path("bin/pg_config"), `#!/bin/sh\necho ${a.path("share")}\n`, { mode: 0o755 });
    expect(line()).to.equal("shared_preload_libraries = 'timescaledb,auto_explain,pg_stat_statements'\n");
    a.files["settings.conf"] = postgresSettingsText(sections({}));
    a.writeFiles();
    expect(line()).to.equal("shared_preload_libraries = 'timescaledb'\n");
  });
});
