import { writeFileSync } from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { readRedis } from "../../drills/hosts/findings/read-redis";
import {
  connectOwnUser,
  connectRedis,
  identifyRedis,
  redisEventsBehind,
  type RedisSession,
} from "../../drills/hosts/redis";
import { compareRedis } from "../../drills/hosts/redis-compare";
import { rejectedPasswords } from "../../drills/hosts/rejected-passwords";
import { openRedis } from "../../drills/hosts/sessions";
import { openRedis as openProbe } from "../../drills/probe/redis-connection";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import { compareWithPrimary } from "../../drills/rejoin/redis-difference";
import type { Credentials } from "../../settings/credentials";
import {
  ownRedisPassword,
  OWN_REDIS_USER_NAMES,
  redisUsersFile,
  type OwnRedisUser,
} from "../../settings/own-redis-users";
import { probeCredentials } from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import { canRunRedis, REDIS_PASSWORD, startRedis, type RealRedis } from "../support/real-redis";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const CREDENTIALS: Credentials = { postgres: "super", replication: "stream", redis: REDIS_PASSWORD, grafana: "x" };
const HOST = { name: "host-a", address: "127.0.0.1" } as NamedHost;

/** How an error begins; `done` where there was none. */
async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "done",
    (error: unknown) => (error as Error).message.split(" ", 1)[0] ?? "",
  );
}

describe("our own users on a real Redis", function () {
  this.timeout(60_000);
  const folder = temporaryFolder();
  const open: RedisSession[] = [];
  let server: RealRedis | undefined;
  let before_: RealRedis | undefined;
  let admin: RedisSession;
  after(async () => {
    for (const one of open) one.close();
    await server?.stop();
    await before_?.stop();
  });

  const port = (): number => server?.port ?? expect.fail("no server");
  const environment = (at = port()): ReturnType<typeof sampleEnvironment> => ({
    ...sampleEnvironment(2),
    ports: { ...sampleEnvironment(2).ports, redis: at },
  });
  async function as(user: OwnRedisUser): Promise<RedisSession> {
    const password = ownRedisPassword(CREDENTIALS, user);
    const session = await connectRedis({ address: "127.0.0.1", port: port(), user, password });
    open.push(session);
    return session;
  }
  const denied = async (): Promise<string[]> => {
    const log = (await admin.command("ACL", "LOG")) as unknown[][];
    await admin.command("ACL", "LOG", "RESET");
    return log.map((entry) => entry.slice(0, 10).map(String).join(" "));
  };

  before(async function () {
    if (!canRunRedis()) this.skip();
    const file = path.join(folder(), "users.acl");
    writeFileSync(file, redisUsersFile(CREDENTIALS));
    server = await startRedis(folder(), { aclfile: file, "repl-diskless-sync-delay": "0" });
    before_ = await startRedis(folder(), {});
    admin = await connectRedis({ address: "127.0.0.1", port: port(), password: REDIS_PASSWORD });
    open.push(admin);
    await admin.command("SET", "theirs", "secret");
    await admin.command("HSET", "hash", "a", "1");
    // Of every kind, small ones and such as are compared in parts.
    const many = `for at = 1, 1500 do
      redis.call('RPUSH', 'list', at) redis.call('SADD', 'set', at) redis.call('ZADD', 'zset', at, at)
      redis.call('HSET', 'large hash', at, at) redis.call('XADD', 'stream', '*', 'n', at)
    end redis.call('SET', 'large', string.rep('x', 300000)) redis.call('SADD', 'small set', 'a') redis.call('RPUSH', 'small list', 'a')`;
    await admin.command("EVAL", many, "0");
    await admin.command("XADD", "understudy:events", "*", "run", "r", "seq", "1");
  });

  it("are who our sessions are; where a server does not have them, they are `default`, as before", async () => {
    const ours = await openRedis(HOST, environment(), CREDENTIALS);
    const former = await openRedis(HOST, environment(before_?.port), CREDENTIALS);
    open.push(ours, former);
    expect([ours.user, former.user]).to.deep.equal(["understudy_drill", "default"]);
    expect(String(await ours.command("ACL", "WHOAMI"))).to.equal("understudy_drill");
    expect((await identifyRedis(former)).role).to.equal("primary");
    const at = { address: "127.0.0.1", port: port(), user: "understudy_drill", password: "x" };
    expect(await codeOf(connectOwnUser(at, "another"))).to.equal("WRONGPASS");
  });

  it("leave nobody in without a password", async () => {
    expect(
      await codeOf(
        connectRedis({ address: "127.0.0.1", port: port(), password: "" }).then((one) => one.command("PING")),
      ),
    ).to.equal("NOAUTH");
    for (const user of OWN_REDIS_USER_NAMES)
      expect(await codeOf(connectRedis({ address: "127.0.0.1", port: port(), user, password: "x" })), user).to.equal(
        "WRONGPASS",
      );
    await denied();
  });

  it("let the drill do all that it says", async () => {
    const [drill, other] = [await as("understudy_drill"), await as("understudy_drill")];
    expect(await identifyRedis(drill)).to.include({ role: "primary" });
    const { facts } = await readRedis("host-a", drill);
    expect(facts).to.be.an("object");
    expect(await compareRedis(drill, other)).to.include({ differing: 0, journalEntries: 1, sampledKeys: 10 });
    expect((await compareWithPrimary(admin, drill)).keys).to.include({ missing: 0 });
    expect(await redisEventsBehind(drill, other)).to.equal(0);
    await drill.command("CLIENT", "PAUSE", "100", "WRITE");
    await drill.command("CLIENT", "UNPAUSE");
    await drill.command("CONFIG", "SET", "repl-ping-replica-period", "3600");
    await drill.command("REPLICAOF", "127.0.0.1", "1");
    await drill.command("REPLICAOF", "NO", "ONE");
    expect(String(await drill.command("CLIENT", "LIST", "TYPE", "normal"))).to.include("user=understudy_drill");
    // This server has no configuration file to write; that is another error than that it may not.
    expect(await codeOf(drill.command("CONFIG", "REWRITE"))).to.equal("ERR");
    expect(await denied()).to.deep.equal([]);
  });

  it("let the probe write and read back, as `default` where a server does not know it, and nothing else", async () => {
    for (const [at, user] of [
      [port(), "understudy_probe"],
      [before_?.port ?? 0, "default"],
    ] as const) {
      const login = probeCredentials(CREDENTIALS);
      const connection = await openProbe({ host: "127.0.0.1", port: at }, login, `run-${user}`);
      const { outcome, receipt } = await connection.write(7);
      expect(outcome).to.equal("a");
      const sinceMs = Number(receipt?.split("-")[0]) - 1000;
      const { found } = await readBackRedis({ host: "127.0.0.1", port: at }, login, { run: `run-${user}`, sinceMs });
      expect(found).to.deep.equal([[7, 7]]);
      const to = await connectRedis({ address: "127.0.0.1", port: at, password: REDIS_PASSWORD });
      expect(String(await to.command("CLIENT", "LIST"))).to.match(new RegExp(`cmd=xadd user=${user} `));
      to.close();
      connection.destroy();
    }
    expect(await denied()).to.deep.equal([]);
  });

  it("let the guard ask, keep the identity, prune and fence, and a standby and a backup receive", async () => {
    const guard = await as("understudy_guard");
    for (const words of [
      ["PING"],
      ["INFO"],
      ["ROLE"],
      ["SET", "understudy:identity", "w", "NX"],
      ["GET", "understudy:identity"],
      ["EXISTS", "understudy:identity", "understudy:events"],
      ["XRANGE", "understudy:events", "-", "+", "COUNT", "1"],
      ["MULTI"],
      ["SET", "understudy:pruned", "1"],
      ["XTRIM", "understudy:events", "MINID", "~", "1", "LIMIT", "100"],
      ["EXEC"],
      ["CONFIG", "GET", "masterauth"],
      ["CONFIG", "SET", "repl-diskless-sync-delay", "0"],
      ["CLIENT", "PAUSE", "10", "WRITE"],
      ["CLIENT", "UNPAUSE"],
      ["REPLICAOF", "NO", "ONE"],
    ])
      expect(await codeOf(guard.command(...words)), words.join(" ")).to.equal("done");
    for (const user of ["understudy_guard", "understudy_backup"] as const) {
      const env = { ...process.env, REDISCLI_AUTH: ownRedisPassword(CREDENTIALS, user) };
      const words = ["-p", String(port()), "--user", user, "--rdb", path.join(folder(), `${user}.rdb`)];
      expect(spawnSync("redis-cli", words, { env }).status, user).to.equal(0);
    }
    const replica = await connectRedis({ address: "127.0.0.1", port: before_?.port ?? 0, password: REDIS_PASSWORD });
    open.push(replica);
    await replica.command("CONFIG", "SET", "masteruser", "understudy_replication");
    await replica.command("CONFIG", "SET", "masterauth", ownRedisPassword(CREDENTIALS, "understudy_replication"));
    await replica.command("REPLICAOF", "127.0.0.1", String(port()));
    for (let turn = 0; turn < 200 && (await identifyRedis(replica)).follows?.linkUp !== true; turn += 1)
      await new Promise((done) => setTimeout(done, 25));
    expect((await identifyRedis(replica)).follows).to.include({ linkUp: true });
    expect(await replica.command("GET", "theirs")).to.equal("secret");
    expect(String(await admin.command("CLIENT", "LIST", "TYPE", "replica"))).to.include("user=understudy_replication");
    await replica.command("REPLICAOF", "NO", "ONE");
    expect(await denied()).to.deep.equal([]);
  });

  const REFUSED: Readonly<Record<OwnRedisUser, readonly string[]>> = {
    understudy_drill: [
      "SET theirs x",
      "DEL theirs",
      "FLUSHALL",
      "KEYS *",
      "ACL SETUSER x on nopass",
      "ACL SAVE",
      "SHUTDOWN NOSAVE",
      "FUNCTION LIST",
      "MONITOR",
      "SUBSCRIBE x",
      "CLIENT KILL ID 1",
      "PSYNC ? -1",
    ],
    understudy_probe: [
      "GET theirs",
      "SET theirs x",
      "XADD theirs * a 1",
      "SET understudy:pruned 1",
      "DEL understudy:events",
      "XTRIM understudy:events MAXLEN 0",
      "FLUSHALL",
      "CONFIG SET maxmemory 1",
      "CONFIG GET *",
      "ACL LIST",
      "KEYS *",
      "INFO",
      "REPLICAOF NO ONE",
      "EVAL return 0",
    ],
    understudy_guard: [
      "GET theirs",
      "SET theirs x",
      "DEL understudy:identity",
      "FLUSHALL",
      "KEYS *",
      "SCAN 0",
      "ACL LIST",
      "ACL SETUSER x on nopass",
      "EVAL return 0",
      "MONITOR",
    ],
    understudy_replication: [
      "GET theirs",
      "INFO",
      "SYNC",
      "FLUSHALL",
      "CONFIG GET *",
      "ACL LIST",
      "KEYS *",
      "REPLICAOF NO ONE",
      "ROLE",
    ],
    understudy_agent: [
      "GET theirs",
      "SET theirs x",
      "FLUSHALL",
      "KEYS *",
      "CONFIG GET *",
      "CONFIG SET maxmemory 1",
      "CLIENT LIST",
      "ACL LIST",
      "REPLICAOF NO ONE",
      "SHUTDOWN NOSAVE",
      "MONITOR",
      "PSYNC ? -1",
      "EVAL return 0",
    ],
    understudy_exporter: [
      "GET theirs",
      "SET theirs x",
      "FLUSHALL",
      "KEYS *",
      "CONFIG GET *",
      "CLIENT LIST",
      "SLOWLOG GET 1",
      "SLOWLOG RESET",
      "ACL LIST",
      "REPLICAOF NO ONE",
      "SHUTDOWN NOSAVE",
      "MONITOR",
      "EVAL return 0",
    ],
    understudy_backup: [
      "GET theirs",
      "INFO",
      "FLUSHALL",
      "CONFIG GET *",
      "ACL LIST",
      "KEYS *",
      "REPLICAOF NO ONE",
      "SHUTDOWN NOSAVE",
    ],
  };
  for (const [user, lines] of Object.entries(REFUSED)) {
    it(`refuse ${user} what it has no need of`, async () => {
      const session = await as(user as OwnRedisUser);
      for (const line of lines) {
        const words = line === "EVAL return 0" ? ["EVAL", "return 0", "0"] : line.split(" ");
        expect(await codeOf(session.command(...words)), line).to.equal("NOPERM");
      }
      expect(await admin.command("GET", "theirs")).to.equal("secret");
      await denied();
    });
  }

  it("refuse the drill a write from within a script too", async () => {
    const drill = await as("understudy_drill");
    const write = drill.command("EVAL", "return redis.call('SET', 'theirs', 'x')", "0");
    expect(await write.then(String, String)).to.match(/NOPERM|ACL failure|can't run this command/);
    expect(await admin.command("GET", "theirs")).to.equal("secret");
  });

  it("do not hide that the password in the config is not `default`'s", async () => {
    const at = { ...environment(), ports: { ...environment().ports, postgres: 1 } };
    expect(await rejectedPasswords(HOST, at, CREDENTIALS)).to.deep.equal([]);
    expect(await rejectedPasswords(HOST, at, { ...CREDENTIALS, redis: "another" })).to.deep.equal(["redis"]);
  });
});
