import { execFileSync, spawn } from "node:child_process";
import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { ServerFinding } from "../../evidence/findings";
import { replayKeepsUp } from "../../drills/planned/replay-keeps-up";
import type { PostgresSession } from "../../drills/hosts/postgres";
import { canRunPostgres } from "../support/real-postgres";
import { RealPair } from "../support/real-pair";
import { noRedis } from "../support/replicating-redis";
import { POSTGRES_BIN } from "../support/server-programs";
import { temporaryFolder } from "../support/temporary-folder";

const SETTINGS = [
  ...["wal_level = logical", "max_prepared_transactions = 4", "max_replication_slots = 4", "max_wal_senders = 4"],
  "max_standby_streaming_delay = -1",
];

describe("what is found on real servers before a switchover", function () {
  this.timeout(60_000);
  // Before the folder goes: hooks run in the order they are declared in.
  const started: RealPair[] = [];
  after(() => Promise.all(started.map((one) => one.stop())));
  const folder = temporaryFolder();
  let pair: RealPair;

  before(async function () {
    if (!canRunPostgres() || noRedis() !== undefined) this.skip();
    pair = await RealPair.start(folder(), SETTINGS);
    started.push(pair);
    await pair.primary.postgres.query("create database shop");
    await pair.primary.postgres.query("create table kept (id int)", "shop");
    await pair.caughtUp();
  });

  const found = async (key: string, kind: "planned" | "unplanned" = "planned"): Promise<ServerFinding[]> =>
    (await pair.read({ kind })).listed.filter((one) => one.key === key);
  const refused = async (): Promise<string[]> =>
    (await pair.read()).listed
      .filter((one) => one.severity === "refused")
      .map(({ key, detail }) => `${key}: ${detail}`);
  const primary = (text: string, database?: string): Promise<object[]> => pair.primary.postgres.query(text, database);
  const standby = (text: string): Promise<object[]> => pair.standby.postgres.query(text);
  const redis = (host: "primary" | "standby", ...words: string[]): Promise<unknown> =>
    pair[host].redis.session.command(...words);

  /** Sees one finding, refused unless told otherwise, while `during` holds, and none before and after. */
  async function onlyWhile(
    key: string,
    during: () => Promise<unknown>,
    undo: () => Promise<unknown>,
    expected: Partial<ServerFinding> = {},
  ): Promise<ServerFinding> {
    expect(await found(key), "before").to.deep.equal([]);
    await during();
    let seen: ServerFinding | undefined;
    try {
      seen = (await found(key))[0];
      expect(seen).to.include({ key, severity: "refused", ...expected });
    } finally {
      await undo();
    }
    expect(await found(key), "after").to.deep.equal([]);
    return seen as ServerFinding;
  }

  it("nothing refuses a pair that is fit", async () => {
    expect(await refused()).to.deep.equal([]);
    const { readAt, accepted } = await pair.read();
    expect(accepted).to.deep.equal([]);
    expect(Date.parse(readAt)).to.be.closeTo(Date.now(), 60_000);
  });

  it("no free slot on the standby: the old primary could not follow; one that is there already does", async () => {
    const make = (names: readonly string[]): string =>
      names.map((name) => `select pg_create_physical_replication_slot('${name}')`).join("; ");
    const names = ["one", "two", "three", "four"];
    const drop = (some: readonly string[]): string =>
      some.map((name) => `select pg_drop_replication_slot('${name}')`).join("; ");
    const seen = await onlyWhile(
      "free-slots",
      () => standby(make(names)),
      () => standby(drop(["four"])),
    );
    // For two shells: the one it is pasted into, and the host's.
    expect(seen.next).to.include(
      `ssh host docker exec understudy-timescaledb psql -U postgres -c "\\"select pg_drop_replication_slot('one')\\""`,
    );
    await standby(make(["understudy_host_a"]));
    expect(await found("free-slots")).to.deep.equal([]);
    await standby(drop(["one", "two", "three", "understudy_host_a"]));
  });

  it("recovery_min_apply_delay", async () => {
    await onlyWhile(
      "replay-delayed",
      () => reload("alter system set recovery_min_apply_delay = '5min'"),
      () => reload("alter system reset recovery_min_apply_delay"),
    );
    expect(await found("replay-delayed", "unplanned")).to.deep.equal([]);
  });

  it("paused replay, also before a failover", async () => {
    await onlyWhile(
      "replay-paused",
      async () => {
        await standby("select pg_wal_replay_pause()");
        expect(await found("replay-paused", "unplanned")).to.have.length(1);
      },
      () => standby("select pg_wal_replay_resume()"),
    );
  });

  it("a query on the standby that blocks replay, by its session", async () => {
    const reader = await pair.standby.postgres.open("shop");
    const [{ pid } = { pid: 0 }] = (await reader.query<{ pid: number }>("select pg_backend_pid() as pid")).rows;
    const seen = await onlyWhile(
      "replay-blocked",
      async () => {
        await reader.query("begin");
        await reader.query("select * from kept");
        await keepsUp();
        await primary("alter table kept add column later int", "shop");
        await sleep(300);
        expect(await keepsUp().then(() => "", String)).to.include("a query there holds replay up");
      },
      async () => {
        await reader.query("commit");
        await reader.end();
        await pair.caughtUp();
      },
    );
    expect(seen.detail).to.include(String(pid));
    expect(seen.next).to.include(`pg_terminate_backend(${pid})`);
  });

  it("a backend that ignores a fast shutdown since it sleeps outside of the server", async () => {
    const pipe = path.join(folder(), "pipe");
    execFileSync("mkfifo", ["-m", "666", pipe]);
    const session = await pair.primary.postgres.open("shop");
    const reading = session.query("select pg_read_file($1)", [pipe]);
    reading.catch(() => undefined);
    await sleep(2500);
    const [seen] = await found("uninterruptible-backends");
    closeSync(openSync(pipe, "w"));
    // It opens a pipe, and cannot go on with what is none of a file's: what counts is that it sleeps in the opening.
    await reading.catch(() => undefined);
    await session.end();
    expect(seen).to.include({ severity: "refused" });
    expect(seen?.detail).to.include("of postgres in shop waits outside of PostgreSQL");
  });

  it("a backend that ignores a fast shutdown since it copies to a program", async () => {
    const session = await pair.primary.postgres.open("shop");
    const copying = session.query("copy kept to program 'cat >/dev/null; sleep 4'");
    await sleep(500);
    const [seen] = await found("uninterruptible-backends");
    expect(seen).to.include({ severity: "refused", host: "host-a" });
    expect(seen?.detail).to.include("COPY to or from a program");
    await copying;
    await session.end();
    expect(await found("uninterruptible-backends")).to.deep.equal([]);
  });

  describe("unlogged tables", () => {
    after(() => primary("drop table if exists fast, parts; drop sequence if exists counter", "shop"));

    it("with rows, in any database, partitions and sequences too; empty ones are none", async () => {
      await primary("create unlogged table fast (id int primary key, note text)", "shop");
      await primary("create unlogged sequence counter", "shop");
      await primary("create table parts (id int) partition by range (id)", "shop");
      await primary("create unlogged table parts_1 partition of parts for values from (0) to (10)", "shop");
      expect(await found("unlogged-rows")).to.deep.equal([]);
      await primary("insert into fast values (1)", "shop");
      await primary("insert into parts values (1)", "shop");
      await primary("select nextval('counter')", "shop");
      const [seen] = await found("unlogged-rows");
      expect(seen).to.include({ severity: "refused", host: "host-a" });
      expect(seen?.detail).to.equal("shop: public.counter, shop: public.fast, shop: public.parts_1");
      expect(seen?.next).to.include("--to host-b --lose-unlogged --execute");
    });

    it("are no reason to wait for whoever holds them: what cannot be looked into is taken to hold rows", async () => {
      const holder = await pair.primary.postgres.open("shop");
      await holder.query("begin; delete from fast; lock table fast");
      const began = performance.now();
      expect((await found("unlogged-rows"))[0]?.detail).to.include("public.fast");
      expect(performance.now() - began).to.be.lessThan(6000);
      await holder.query("rollback");
      await holder.end();
    });

    it("are gone on by the operator's word, which is written down", async () => {
      const { accepted, listed } = await pair.read({ kind: "planned", lose_unlogged: true });
      expect(accepted).to.deep.equal(["unlogged-rows"]);
      expect(listed.find((one) => one.key === "unlogged-rows")).to.include({ severity: "refused" });
    });

    it("are noted before a failover: nobody can save them", async () => {
      await pair.caughtUp();
      const [seen] = await found("unlogged-rows", "unplanned");
      expect(seen).to.include({ severity: "noted", host: "host-b" });
      expect(seen?.detail).to.include("shop: public.fast");
    });

    it("in a database that takes no session are found by their files", async () => {
      await primary("alter database shop allow_connections false");
      const [seen] = await found("unlogged-rows");
      await primary("alter database shop allow_connections true");
      expect(seen?.detail).to.match(/shop: \d+/);
    });
  });

  it("open and prepared transactions, a foreign receiver, a logical slot, a tablespace", async () => {
    const place = path.join(folder(), "space");
    mkdirSync(place);
    chmodSync(place, 0o777);
    await primary(`select pg_create_logical_replication_slot('changes', 'pgoutput')`, "shop");
    const open: PostgresSession = await pair.primary.postgres.open("shop");
    await open.query("begin; insert into kept values (1)");
    await primary("begin; insert into kept values (2); prepare transaction 'two'", "shop");
    const target = `host=127.0.0.1 port=${pair.primary.postgres.port} user=postgres application_name=elsewhere`;
    mkdirSync(path.join(folder(), "wal"));
    const receiver = spawn(
      path.join(POSTGRES_BIN ?? "", "pg_receivewal"),
      ["-D", path.join(folder(), "wal"), "-d", target],
      { stdio: "ignore" },
    );
    await sleep(2500);
    const { listed } = await pair.read();
    const told = (key: string): string | undefined => {
      const one = listed.find((finding) => finding.key === key);
      return one && `${one.severity}: ${one.detail}`;
    };
    receiver.kill();
    await open.query("rollback");
    await open.end();
    await primary("rollback prepared 'two'", "shop");
    await primary("select pg_drop_replication_slot('changes')");
    expect(told("long-transactions")).to.match(
      /^ended: \d+ of postgres in shop from 127\.0\.0\.1, idle in transaction/,
    );
    expect(told("prepared-transactions")).to.equal("noted: two in shop");
    expect(told("foreign-walsenders")).to.match(/^ended: elsewhere of postgres/);
    expect(told("logical-slots")).to.equal("refused: slot changes");
  });

  it("settings of the standby that would stop its clients, or every commit", async () => {
    for (const [key, setting] of [
      ["read-only-by-default", "default_transaction_read_only = on"],
      ["no-synchronous-standby", "synchronous_standby_names = 'elsewhere'"],
    ] as const) {
      const name = setting.split(" ", 1)[0] ?? "";
      await onlyWhile(
        key,
        () => reload(`alter system set ${setting}`),
        () => reload(`alter system reset ${name}`),
      );
    }
    await reload("alter system set synchronous_standby_names = 'understudy_host_a'");
    expect(await found("no-synchronous-standby")).to.deep.equal([]);
    expect(await found("synchronous-standby")).to.have.length(1);
    expect(await found("no-synchronous-standby", "unplanned")).to.have.length(1);
    await reload("alter system reset synchronous_standby_names");
  });

  it("a limit that the old primary would not start with as a standby, also one that waits for its restart", async () => {
    await onlyWhile(
      "standby-limits",
      () => reload("alter system set max_connections = 50", "primary"),
      () => reload("alter system reset max_connections", "primary"),
      { host: "host-a", detail: "max_connections is 50 on host-a and 100 on host-b" },
    );
  });

  it("a setting and a rule of access that differ", async () => {
    await reload("alter system set work_mem = '8MB'", "primary");
    expect((await found("settings-differ"))[0]).to.include({ severity: "noted" });
    expect((await found("settings-differ"))[0]?.detail).to.include("work_mem: 8192 on host-a, 4096 on host-b");
    await reload("alter system reset work_mem", "primary");
  });

  it("a database that cannot be read is not taken for one without anything in it", async () => {
    pair.primary.postgres.refuse("shop");
    await reload("select 1", "primary");
    const [seen] = await found("not-read");
    pair.primary.postgres.refuse(null);
    await reload("select 1", "primary");
    expect(seen).to.include({ severity: "refused", host: "host-a" });
    expect(seen?.detail).to.match(/^database shop: /);
  });

  describe("of Redis", () => {
    it("keys of database 5, and keys that are no UTF-8, that are wrong on the standby", async () => {
      const set = (host: "primary" | "standby", database: string, value: string): Promise<unknown> =>
        redis(
          host,
          "EVAL",
          "redis.call('SELECT', ARGV[1]); redis.call('SET', string.char(255, 1), ARGV[2])",
          "0",
          database,
          value,
        );
      await redis("standby", "CONFIG", "SET", "replica-read-only", "no");
      for (const database of ["0", "5"]) {
        await set("primary", database, "right");
        await sleep(200);
        const seen = await onlyWhile(
          "contents-differ",
          () => set("standby", database, "wrong"),
          () => set("standby", database, "right"),
        );
        expect(seen.detail).to.equal(
          `1 of ${database === "0" ? 1 : 2} keys differ (database: key): ${database}: 0xff01`,
        );
      }
      expect((await found("other-databases"))[0]?.detail).to.equal("databases 5 (1 keys)");
      expect(await found("replica-takes-writes")).to.have.length(1);
      await redis("standby", "CONFIG", "SET", "replica-read-only", "yes");
    });

    it("a user of the ACL that the standby does not have, or with other rights", async () => {
      const set = (host: "primary" | "standby", ...rights: string[]): Promise<unknown> =>
        redis(host, "ACL", "SETUSER", "app", "on", ">secret", "~app:*", ...rights);
      expect(await found("acl-users-differ")).to.deep.equal([]);
      await set("primary", "+get");
      expect((await found("acl-users-differ"))[0]).to.include({ severity: "refused", detail: "user app is not there" });
      await set("standby");
      expect((await found("acl-users-differ"))[0]?.detail).to.equal("user app has other rights or another password");
      expect(JSON.stringify(await pair.read())).not.to.include("secret");
      await set("standby", "+get");
      expect(await found("acl-users-differ")).to.deep.equal([]);
      await redis("primary", "ACL", "DELUSER", "app");
      expect((await found("acl-users-added"))[0]).to.include({ severity: "noted", detail: "app" });
      await redis("standby", "ACL", "DELUSER", "app");
    });

    for (const [key, setting, to, back] of [
      ["too-few-replicas", "min-replicas-to-write", "2", "0"],
      ["memory-too-small", "maxmemory", "900000", "0"],
      ["evicts-keys", "maxmemory-policy", "allkeys-lru", "noeviction"],
    ] as const) {
      it(`${setting} ${to}`, async () => {
        const seen = await onlyWhile(
          key,
          () => redis("standby", "CONFIG", "SET", setting, to),
          () => redis("standby", "CONFIG", "SET", setting, back),
        );
        expect(seen.next).to.include(`-p ${pair.standby.redis.port}`);
      });
    }

    it("min-replicas-to-write 1, which a switchover only waits for and a failover cannot have", async () => {
      await redis("standby", "CONFIG", "SET", "min-replicas-to-write", "1");
      expect((await found("replica-wanted"))[0]).to.include({ severity: "noted" });
      expect((await found("too-few-replicas", "unplanned"))[0]).to.include({ severity: "refused", host: "host-b" });
      await redis("standby", "CONFIG", "SET", "min-replicas-to-write", "0");
    });

    it("a primary that keeps every write on its disk, and a standby that does not", async () => {
      await redis("primary", "CONFIG", "SET", "appendonly", "yes");
      expect((await found("less-durable-redis"))[0]).to.include({
        severity: "refused",
        detail: "appendonly is no, on the primary yes",
      });
      await redis("primary", "CONFIG", "SET", "appendonly", "no");
    });

    it("pings that an earlier run has left long", async () => {
      await redis("primary", "CONFIG", "SET", "repl-ping-replica-period", "3600");
      expect((await found("leftover-pings"))[0]).to.include({ severity: "ended", host: "host-a" });
      await redis("primary", "CONFIG", "SET", "repl-ping-replica-period", "10");
    });
  });

  /** What a drill makes sure of right before it stops anything. */
  async function keepsUp(): Promise<void> {
    const sessions = [await pair.primary.postgres.open(), await pair.standby.postgres.open()] as const;
    const [from, to] = sessions.map((sql, at) => ({ sql, host: { name: at === 0 ? "host-a" : "host-b" } }));
    const run = { from, to } as unknown as Parameters<typeof replayKeepsUp>[0];
    await replayKeepsUp(run, { mark: () => 0 }, 500).finally(() => Promise.all(sessions.map((sql) => sql.end())));
  }

  /** Runs a statement outside of a transaction on one server, and lets the server read its files again. */
  async function reload(statement: string, host: "primary" | "standby" = "standby"): Promise<void> {
    await pair[host].postgres.query(statement);
    await pair[host].postgres.query("select pg_reload_conf()");
    await sleep(300);
  }
});
