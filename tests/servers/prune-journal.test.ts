import { spawn, type ChildProcess } from "node:child_process";
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { createJournal, indexRuns, STORES_VERSION } from "../../drills/bootstrap/journal";
import { connectPostgres, type PostgresSession } from "../../drills/hosts/postgres";
import { prunedPostgresMs, prunedRedisMs } from "../../drills/hosts/pruned";
import { guardScript } from "../../drills/hosts/guard-script";
import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import { PRUNED_MEANWHILE, readBackPostgres } from "../../drills/probe/postgres-read-back";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import { JournalPruned, lostEntries } from "../../drills/rejoin/redis-difference";
import { canRunPostgres, POSTGRES_PASSWORD, startPostgres, type RealPostgres } from "../support/real-postgres";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";
import { SHELLS } from "../unit/guard/stage";

const SCRIPT = path.resolve(__dirname, "../../configs/guard/prune-journal.sh");
const DAY_MS = 86_400_000;

/** Quick turns; the clock has run evenly from the beginning. */
const AT_ONCE = {
  ...{ UNDERSTUDY_PRUNE_TURN: "0.1", UNDERSTUDY_PRUNE_EVERY: "0", UNDERSTUDY_PRUNE_STEADY: "0" },
  ...{ UNDERSTUDY_PRUNE_PAUSE: "0", UNDERSTUDY_JOURNAL_DAYS: "7" },
};

describe("the journal of a real store", function () {
  this.timeout(60_000);
  const pruners: ChildProcess[] = [];
  let postgres: RealPostgres | undefined;
  let redis: RealRedis | undefined;
  const open: { sql?: PostgresSession; store?: RedisSession } = {};
  after(async () => {
    for (const one of pruners) one.kill("SIGKILL");
    await open.sql?.end();
    open.store?.close();
    postgres?.stop();
    await redis?.stop();
  });
  const folder = temporaryFolder();

  const sql = (): PostgresSession => {
    if (open.sql === undefined) throw new Error("no session");
    return open.sql;
  };
  const store = (): RedisSession => {
    if (open.store === undefined) throw new Error("no session");
    return open.store;
  };

  async function until(what: string, seen: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 20_000;
    while (!(await seen())) {
      if (performance.now() > end) throw new Error(`never seen: ${what}`);
      await sleep(50);
    }
  }

  /** The script as the guard of one store starts it, until `done`. */
  async function prune(
    shell: readonly string[],
    name: "postgres" | "redis",
    variables: Readonly<Record<string, string>>,
    done: () => Promise<boolean>,
  ): Promise<void> {
    const bin = path.join(folder(), `bin-${name}`);
    const state = path.join(folder(), `state-${name}`);
    for (const one of [bin, state, `${bin}/files/current`]) mkdirSync(one, { recursive: true, mode: 0o755 });
    writeFileSync(`${bin}/files/current/redis`, REDIS_PASSWORD);
    writeFileSync(`${state}/status`, "primary\n");
    // The sockets and ports of the test in the place of the container's.
    const script = readFileSync(SCRIPT, "utf8").replaceAll("/var/run/postgresql", folder());
    writeFileSync(`${bin}/prune.sh`, script, { mode: 0o644 });
    const login = guardScript("redis-login.sh").replaceAll("redis-cli ", `redis-cli -p ${redis?.port ?? 0} `);
    writeFileSync(`${bin}/login.sh`, login, { mode: 0o644 });
    chownSync(state, statSync(folder()).uid, statSync(folder()).gid);
    const words = [...shell, `${bin}/prune.sh`, name, state, String(process.pid)];
    const pruner = spawn(words[0] ?? "", words.slice(1), {
      env: { ...process.env, PGPORT: String(postgres?.port ?? 0), ...AT_ONCE, ...variables },
      stdio: "ignore",
    });
    pruners.push(pruner);
    try {
      await until(`${name} is pruned`, done);
    } finally {
      pruner.kill("SIGKILL");
    }
  }

  const days = async (): Promise<Record<string, number>> => {
    const { rows } = await sql().query<{ run: string; events: number }>(
      "select run, count(*)::int as events from understudy.events where run <> 'understudy:pruned' group by run",
    );
    return Object.fromEntries(rows.map(({ run, events }) => [run, events]));
  };

  before(async function () {
    if (!canRunPostgres() || !canRunRedis()) this.skip();
    postgres = await startPostgres(folder());
    redis = await startRedis(folder(), { appendonly: "no" });
    const target = { address: "127.0.0.1", port: postgres.port, password: POSTGRES_PASSWORD };
    open.sql = await connectPostgres(target);
    open.store = await connectRedis({ address: "127.0.0.1", port: redis.port, password: REDIS_PASSWORD });
    await createJournal(sql());
  });

  beforeEach(async () => {
    await sql().query("truncate understudy.events");
    await store().command("FLUSHALL");
    for (const [run, age] of [
      ["old", 9],
      ["new", 1],
    ] as const) {
      await sql().query(
        `insert into understudy.events (written_at, run, seq)
         select now() - make_interval(days => $2) + n * interval '1 ms', $1, n from generate_series(1, 25000) n`,
        [run, age],
      );
      const since = Date.now() - age * DAY_MS;
      for (let seq = 1; seq <= 300; seq += 1)
        await store().command("XADD", "understudy:events", `${since + seq}-0`, "run", run, "seq", String(seq));
    }
  });

  for (const [name, ...shell] of SHELLS) {
    it(`loses what is older than the setting, in batches, and notes up to when (${name})`, async () => {
      await prune(shell, "postgres", {}, async () => (await days())["old"] === undefined);
      expect(await days()).to.deep.equal({ new: 25_000 });
      expect(await prunedPostgresMs(sql())).to.be.closeTo(Date.now() - 7 * DAY_MS, 60_000);
      const left = async (): Promise<number> => Number(await store().command("XLEN", "understudy:events"));
      await prune(shell, "redis", {}, async () => (await left()) < 400);
      expect(await left()).to.be.within(300, 400);
      expect(await prunedRedisMs(store())).to.be.closeTo(Date.now() - 7 * DAY_MS, 60_000);
    });

    it(`keeps everything while its clock has not run evenly for long enough (${name})`, async () => {
      const began = performance.now();
      const waited = (): Promise<boolean> => Promise.resolve(performance.now() - began > 1500);
      for (const store of ["postgres", "redis"] as const)
        await prune(shell, store, { UNDERSTUDY_PRUNE_STEADY: "7200" }, waited);
      expect(await days()).to.deep.equal({ old: 25_000, new: 25_000 });
      expect(await prunedRedisMs(store())).to.equal(0);
    });
  }

  it("gives no loss when it was pruned while a run was written: nothing is known of it then", async () => {
    const at = { host: "127.0.0.1", port: postgres?.port ?? 0 };
    const now = Math.floor(Date.now() / 1000);
    expect(
      (await readBackPostgres(at, POSTGRES_PASSWORD, { user: "postgres", run: "new", startedAgoMs: 1000 })).found,
    ).to.deep.equal([[1, 25_000]]);
    await sql().query("insert into understudy.events (run, seq) values ('understudy:pruned', $1)", [now - 3600]);
    const run = { user: "postgres", run: "new", startedAgoMs: 2 * 3_600_000 };
    expect(await readBackPostgres(at, POSTGRES_PASSWORD, run).catch(String)).to.include(PRUNED_MEANWHILE);
    const there = { host: "127.0.0.1", port: redis?.port ?? 0 };
    const sinceMs = Date.now() - DAY_MS - 1000;
    expect(
      (await readBackRedis(there, { redisUser: "default", redis: REDIS_PASSWORD }, { run: "new", sinceMs })).found,
    ).to.deep.equal([[1, 300]]);
    await store().command("SET", "understudy:pruned", String(Date.now() - 3_600_000));
    expect(
      await readBackRedis(there, { redisUser: "default", redis: REDIS_PASSWORD }, { run: "new", sinceMs }).catch(
        String,
      ),
    ).to.include(PRUNED_MEANWHILE);
  });

  it("is compared with a copy only as far as the primary has not pruned its own", async () => {
    const saved = await startRedis(folder(), { appendonly: "no" });
    const copy = await connectRedis({ address: "127.0.0.1", port: saved.port, password: REDIS_PASSWORD });
    try {
      const stream = (await store().command("XRANGE", "understudy:events", "-", "+")) as [string, string[]][];
      for (const [id, fields] of stream) await copy.command("XADD", "understudy:events", id, ...fields);
      await copy.command("XADD", "understudy:events", "*", "run", "lost", "seq", "1");
      const horizon = Date.now() - 7 * DAY_MS;
      await store().command("XTRIM", "understudy:events", "MINID", String(horizon));
      await store().command("SET", "understudy:pruned", String(horizon));
      expect((await lostEntries(copy, store())).map(({ run }) => run)).to.deep.equal(["lost"]);
      await copy.command("FLUSHALL");
      await copy.command("XADD", "understudy:events", `${horizon + DAY_MS * 3}-0`, "run", "older", "seq", "1");
      await store().command("SET", "understudy:pruned", String(horizon + DAY_MS * 4));
      expect(await lostEntries(copy, store()).catch((error: unknown) => error)).to.be.instanceOf(JournalPruned);
    } finally {
      copy.close();
      await saved.stop();
    }
  });

  it("of an older version gets its index while writers go on, as often as it is asked for", async () => {
    await sql().query("drop index understudy.events_run_seq");
    const valid = async (): Promise<unknown> =>
      (
        await sql().query(
          "select indisvalid as valid from pg_index where indexrelid = to_regclass('understudy.events_run_seq')",
        )
      ).rows;
    const forward = async (): Promise<string | undefined> => {
      const one = await connectPostgres({
        ...{ address: "127.0.0.1", port: postgres?.port ?? 0, password: POSTGRES_PASSWORD },
      });
      return indexRuns(one)
        .then(() => undefined, String)
        .finally(() => one.end());
    };
    // A writer in the middle of its transaction: the index waits for it, and nobody waits for the index.
    const writer = await connectPostgres({
      ...{ address: "127.0.0.1", port: postgres?.port ?? 0, password: POSTGRES_PASSWORD },
    });
    await writer.query("begin");
    await writer.query("insert into understudy.events (run, seq) values ('writer', 1)");
    const forwarded = forward();
    await until("an index that waits", async () => ((await valid()) as object[]).length === 1);
    await sql().query("insert into understudy.events (run, seq) values ('another', 1)");
    expect(await forward(), "a second one beside it").to.include("still being built");
    await writer.query("commit");
    await writer.end();
    expect(await forwarded).to.equal(undefined);
    expect(await valid()).to.deep.equal([{ valid: true }]);
    expect(await forward()).to.equal(undefined);
    // What an attempt that was cut off has left is made anew.
    await sql().query(
      "update pg_index set indisvalid = false where indexrelid = to_regclass('understudy.events_run_seq')",
    );
    await indexRuns(sql());
    expect(await valid()).to.deep.equal([{ valid: true }]);
    expect(STORES_VERSION).to.be.at.least(1);
  });
});
