import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import { overCli } from "../../drills/hosts/redis-cli-session";
import { compareWithPrimary } from "../../drills/rejoin/redis-difference";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";

describe("what only the saved Redis has, by real servers", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(path.join(tmpdir(), "understudy-difference-"));
  let servers: readonly RealRedis[] = [];
  let [saved, primary]: (RedisSession | undefined)[] = [];

  before(async function () {
    if (!canRunRedis()) this.skip();
    servers = [await startRedis(folder), await startRedis(folder)];
    const [copy, other] = servers.map(({ port }) => port);
    // A copy is read through redis-cli, as in its container.
    const words = ["-p", String(copy), "--json", "-2"];
    const cli = spawn("redis-cli", words, { env: { ...process.env, REDISCLI_AUTH: REDIS_PASSWORD } });
    saved = overCli("the copy", cli.stdin, cli.stdout);
    primary = await connectRedis({ address: "127.0.0.1", port: other ?? 0, password: REDIS_PASSWORD });
  });
  after(async () => {
    saved?.close();
    primary?.close();
    await Promise.all(servers.map((one) => one.stop()));
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    for (const session of [saved!, primary!]) await session.command("FLUSHALL");
  });

  const both = async (...words: string[]): Promise<void> => {
    for (const session of [saved!, primary!]) await session.command(...words);
  };
  /** Runs as a script, where a text may have any byte. */
  const lua = (session: RedisSession, script: string): Promise<unknown> => session.command("EVAL", script, "0");

  it("is found in every database, and by bytes", async () => {
    await both("SET", "same", "v");
    await both("SADD", "set", ...Array.from({ length: 600 }, (_one, at) => `m${at}`));
    await both("HSET", "hash", "a", "1", "b", "2");
    await saved!.command("SET", "gone", "v");
    await lua(
      saved!,
      "redis.call('select', 5) redis.call('set', 'gone', 'v') redis.call('set', 'k', '\\255') return 1",
    );
    await lua(primary!, "redis.call('select', 5) redis.call('set', 'k', '\\254') return 1");
    await lua(saved!, "return redis.call('set', '\\255\\254', 'v')");
    await lua(primary!, "return redis.call('set', '\\255\\253', 'v')");
    const { keys, sample, lostEvents } = await compareWithPrimary(saved!, primary!);
    expect(lostEvents).to.deep.equal([]);
    expect({ ...keys, listed: [...keys.listed].sort() }).to.deep.equal({
      examined: 7,
      complete: true,
      missing: 3,
      listed: ["0xfffe", "db5: gone", "gone"],
    });
    expect(sample).to.deep.equal({ compared: 4, differing: 1 });
  });

  it("is nothing where both have the same, though one has it in another form", async () => {
    await both("RPUSH", "list", "a", "b");
    await both("ZADD", "zset", "1", "a", "2", "b");
    await both("XADD", "stream", "1-1", "a", "b");
    await saved!.command("CONFIG", "SET", "set-max-intset-entries", "0");
    await both("SADD", "numbers", "3", "1", "2");
    const { keys, sample } = await compareWithPrimary(saved!, primary!);
    expect([keys.missing, sample]).to.deep.equal([0, { compared: 4, differing: 0 }]);
  });
});
