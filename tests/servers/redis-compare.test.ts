import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { compareKeys } from "../../drills/hosts/redis-keys";
import { compareRedis } from "../../drills/hosts/redis-compare";
import { EVENTS_STREAM } from "../../settings/names";
import { slowLine } from "../support/slow-line";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { temporaryFolder } from "../support/temporary-folder";

describe("the comparison of two real Redis servers", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const started: ReplicatingRedis[] = [];
  let primary: ReplicatingRedis;
  let standby: ReplicatingRedis;

  before(async function () {
    if (noRedis() !== undefined) this.skip();
    started.push((primary = await ReplicatingRedis.start(path.join(folder(), "a"))));
    started.push((standby = await ReplicatingRedis.start(path.join(folder(), "b"))));
    await standby.session.command("CONFIG", "SET", "replica-read-only", "no");
  });
  after(() => {
    for (const one of started) one.stop();
  });
  beforeEach(async () => {
    await primary.session.command("FLUSHALL");
    await standby.follow(primary);
  });

  const command = (server: ReplicatingRedis, ...words: string[]): Promise<unknown> => server.session.command(...words);
  /** Sets a key whose name has a byte that is no UTF-8, on one server. */
  const setBytes = (server: ReplicatingRedis, database: string, name: number, value: string): Promise<unknown> =>
    command(
      server,
      "EVAL",
      "redis.call('SELECT', ARGV[1]); return redis.call('SET', string.char(255, 254, tonumber(ARGV[2])), ARGV[3])",
      ...["0", database, String(name), value],
    );
  const inDatabase = (server: ReplicatingRedis, database: string, ...words: string[]): Promise<unknown> =>
    command(
      server,
      "EVAL",
      "redis.call('SELECT', ARGV[1]); return redis.call(unpack(ARGV, 2))",
      "0",
      database,
      ...words,
    );
  const compare = async (): Promise<Record<string, unknown>> => {
    const { names, ...counts } = await compareKeys(primary.session, standby.session);
    expect(names).to.have.length(counts.differing);
    return counts;
  };

  it("finds no difference in equal contents, of every type", async () => {
    await command(primary, "SET", "text", "one", "EX", "1000");
    await command(primary, "RPUSH", "list", "a", "b");
    await command(primary, "SADD", "set", ...Array.from({ length: 600 }, (_one, at) => `m${at}`));
    await command(primary, "HSET", "hash", ...Array.from({ length: 600 }, (_one, at) => `f${at}`));
    await command(primary, "ZADD", "zset", "1", "a", "2", "b");
    await command(primary, "XADD", "stream", "*", "f", "v");
    await command(primary, "SADD", "wide", ...Array.from({ length: 5000 }, (_one, at) => `m${at}`));
    await command(primary, "RPUSH", "long", ...Array.from({ length: 5000 }, (_one, at) => `m${at}`));
    await standby.follow(primary);
    expect(await compare()).to.deep.equal({ compared: 8, differing: 0, undecided: 0 });
  });

  it("finds keys that are no UTF-8 wrong on the standby: 25 of 50", async () => {
    for (let name = 0; name < 50; name += 1) await setBytes(primary, "0", name, `v${name}`);
    await standby.follow(primary);
    for (let name = 0; name < 25; name += 1) await setBytes(standby, "0", name, "wrong");
    expect(await compare()).to.deep.equal({ compared: 50, differing: 25, undecided: 0 });
  });

  it("finds values that differ in bytes that are no UTF-8", async () => {
    await command(primary, "EVAL", "return redis.call('SET', 'k', string.char(255))", "0");
    await standby.follow(primary);
    await command(standby, "EVAL", "return redis.call('SET', 'k', string.char(254))", "0");
    expect(await compare()).to.include({ differing: 1 });
  });

  it("finds keys of database 5 wrong, missing, and there alone", async () => {
    for (const name of ["a", "b", "c"]) await inDatabase(primary, "5", "SET", name, "1");
    await standby.follow(primary);
    await inDatabase(standby, "5", "SET", "a", "2");
    await inDatabase(standby, "5", "DEL", "b");
    await inDatabase(standby, "7", "SET", "only", "here");
    expect(await compare()).to.deep.equal({ compared: 4, differing: 3, undecided: 0 });
  });

  for (const [what, change] of [
    ["an expiry", ["PERSIST", "text"]],
    ["another type", ["RENAME", "list", "text"]],
    ["an element of a set", ["SREM", "set", "a"]],
    ["the order of a list", ["LMOVE", "list", "list", "LEFT", "RIGHT"]],
    ["a score", ["ZADD", "zset", "3", "b"]],
    ["a field of a hash", ["HSET", "hash", "f", "w"]],
  ] as const) {
    it(`counts ${what} that is otherwise on the standby`, async () => {
      await command(primary, "SET", "text", "one", "EX", "1000");
      await command(primary, "RPUSH", "list", "a", "b");
      await command(primary, "SADD", "set", "a", "b");
      await command(primary, "HSET", "hash", "f", "v");
      await command(primary, "ZADD", "zset", "1", "a", "2", "b");
      await standby.follow(primary);
      await command(standby, ...change);
      expect((await compare())["differing"]).to.be.greaterThan(0);
    });
  }

  it("compares a string of 300 MB to its last byte, without fetching it", async function () {
    await command(primary, "SETRANGE", "big", String(300 * 1_048_576 - 1), "x");
    await command(primary, "SETRANGE", "big", String(150 * 1_048_576), "middle");
    await standby.follow(primary);
    expect(await compare()).to.deep.equal({ compared: 1, differing: 0, undecided: 0 });
    await command(standby, "SETRANGE", "big", String(170 * 1_048_576 + 7), "y");
    expect(await compare()).to.include({ differing: 1 });
  });

  it("compares an event stream of 30,000 to its end, and counts what differs of it", async () => {
    const add = `for at = 1, 30000 do redis.call('XADD', KEYS[1], at .. '-0', 'seq', at, string.char(255), 'one') end`;
    await command(primary, "EVAL", add, "1", EVENTS_STREAM);
    await standby.follow(primary);
    const counts = { journalEntries: 30_000, sampledKeys: 0 };
    expect(await compareRedis(primary.session, standby.session)).to.deep.equal({ ...counts, differing: 0 });
    await command(standby, "XDEL", EVENTS_STREAM, "2000-0", "15000-0");
    await command(standby, "XADD", EVENTS_STREAM, "30000-1", "seq", "alone");
    expect(await compareRedis(primary.session, standby.session)).to.deep.equal({ ...counts, differing: 3 });
  });

  it("is not misled by a key that is written 200 times a second over a line of 20 ms, and finds one that is wrong", async () => {
    const line = await slowLine(primary.port, 20);
    const writer = await primary.connect();
    const writes = { on: true };
    const writing = (async () => {
      for (let at = 0; writes.on; at += 1) {
        await Promise.all([
          writer.command("SET", "hot", String(at)),
          writer.command("XADD", EVENTS_STREAM, "*", "n", String(at)),
        ]);
        await sleep(5);
      }
    })();
    try {
      await standby.follow(primary, line.port);
      for (let turn = 0; turn < 3; turn += 1) {
        const compared = await compareRedis(primary.session, standby.session);
        expect(compared).to.deep.include({ sampledKeys: 1, differing: 0 });
        expect(compared).not.to.have.property("undecided");
      }
      await command(standby, "SET", "cold", "wrong");
      expect(await compare()).to.include({ compared: 2, differing: 1 });
    } finally {
      writes.on = false;
      await writing;
      writer.close();
      line.close();
    }
  });
});
