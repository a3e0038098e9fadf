import { chmodSync, existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { GUARDED_CREDENTIALS, GuardedRedis, canGuardRedis } from "../support/guarded-redis";
import { comparableRules } from "../../drills/hosts/findings/acl-rules";
import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import { OWN_REDIS_USER_NAMES, ownRedisPassword } from "../../settings/own-redis-users";
import { spawnSync } from "node:child_process";

const USERS = "data/understudy/users.acl";
const SHOP = "user shop on #" + "a".repeat(64) + " ~shop:* resetchannels -@all +get +set";

describe("the users of a Redis behind its boot guard", function () {
  this.timeout(60_000);
  let a: GuardedRedis | undefined;
  let b: GuardedRedis | undefined;
  const open: RedisSession[] = [];

  before(function () {
    if (!canGuardRedis()) this.skip();
  });
  afterEach(async () => {
    for (const one of open.splice(0)) one.close();
    for (const one of [a, b]) {
      await one?.stop("SIGKILL");
      await one?.close();
    }
    a = b = undefined;
  });

  async function alone(
    prepare: (one: GuardedRedis) => void = () => undefined,
    withUsers = true,
  ): Promise<GuardedRedis> {
    a = await GuardedRedis.make("host-a", withUsers);
    a.write("data/understudy/init", "primary\n");
    prepare(a);
    return started(a);
  }
  async function started(one: GuardedRedis, peer?: GuardedRedis): Promise<GuardedRedis> {
    one.start(peer);
    await one.until("it answers", () => one.cli("ping") === "PONG");
    return one;
  }
  const names = (one: GuardedRedis): readonly string[] => one.cli("acl", "users").split("\n").toSorted();
  /** What a server has refused to whom, as its log has it. */
  const refusals = (one: GuardedRedis): readonly string[] =>
    [...one.cli("acl", "log").matchAll(/reason\n(.*)\ncontext\n(.*)\nobject\n(.*)\nusername\n(.*)/g)].map((found) =>
      found.slice(1).join(" "),
    );
  const OURS = ["default", ...OWN_REDIS_USER_NAMES];

  /** What somebody without a password, and somebody with it, is told. */
  function expectClosed(one: GuardedRedis): void {
    const env = { PATH: process.env["PATH"] };
    const words = ["-p", String(one.port), "get", "x"];
    expect(spawnSync("redis-cli", words, { env, encoding: "utf8" }).stdout).to.match(/^NOAUTH/);
    expect(one.cli("acl", "getuser", "default")).to.not.match(/nopass/);
    expect(one.cli("ping")).to.equal("PONG");
  }

  it("are ours and `default`, from the first start on; its children are none of `default`'s clients", async () => {
    const one = await alone();
    expect(names(one)).to.deep.equal(OURS.toSorted());
    expectClosed(one);
    await one.until("its identity, by the guard's user", () => one.state("identity").endsWith(" shared"));
    expect(refusals(one)).to.deep.equal([]);
    expect(one.cli("config", "get", "aclfile")).to.include("users.acl");
  });

  it("stay what an operator has made of them: by ACL SAVE, over restarts", async () => {
    const one = await alone();
    one.cli(...SHOP.replace("user", "acl setuser").split(" "));
    expect(one.cli("acl", "save")).to.equal("OK");
    one.cli("config", "rewrite");
    await one.stop();
    await started(one);
    expect(names(one)).to.deep.equal([...OURS, "shop"].toSorted());
    expect(one.cli("acl", "getuser", "shop")).to.match(/a{64}.*-@all (\+get \+set|\+set \+get)\n.*~shop:\*/s);
    await one.stop("SIGKILL");
    await started(one);
    expect(names(one)).to.include("shop");
  });

  it("are carried over from a pair of before, whose CONFIG REWRITE has left them in redis.conf", async () => {
    const one = await alone(undefined, false);
    one.cli(...SHOP.replace("user", "acl setuser").split(" "));
    one.cli("config", "rewrite");
    expect(one.state("redis.conf"))
      .to.match(/^user shop /m)
      .and.match(/^user default /m);
    expect(names(one)).to.deep.equal(["default", "shop"]);
    await one.stop();
    one.giveUsers();
    await started(one);
    expect(names(one)).to.deep.equal([...OURS, "shop"].toSorted());
    expect(one.state("redis.conf")).to.not.match(/^user /m);
    expectClosed(one);
  });

  it("are kept in redis.conf where the container's files have none, as of a version before", async () => {
    const one = await alone();
    one.cli(...SHOP.replace("user", "acl setuser").split(" "));
    one.cli("acl", "save");
    await one.stop();
    for (const name of ["users.acl", "guard", "replication"]) one.write(`understudy/files/current/${name}`, "");
    expect(one.read("understudy/files/current/guard")).to.equal("");
    await started(one);
    expectClosed(one);
    await one.stop();
    one.giveUsers();
    await started(one);
    expect(names(one)).to.include("shop");
  });

  for (const [what, torn] of [
    ["ends in the middle of a line", `${SHOP}\nuser cart on #${"b".repeat(20)}`],
    ["is no such file at all", "\u0000\u0001 garbage\nuser\n"],
    ["is empty", ""],
    ["lets `default` in without a password", `user default on nopass ~* &* +@all\n${SHOP}\n`],
    ["turns `default` off", `user default off\n${SHOP}\n`],
    ["gives ours other rights", `user understudy_probe on nopass ~* +@all\n${SHOP}\n`],
  ] as const) {
    it(`do not keep Redis down, nor open it, where the file ${what}`, async () => {
      const one = await alone((made) => made.write(USERS, torn));
      expectClosed(one);
      expect(names(one)).to.deep.equal([...OURS, ...(torn.includes("shop") ? ["shop"] : [])].toSorted());
      expect(one.cli("acl", "getuser", "understudy_probe")).to.not.match(/nopass/);
      if (/cart|garbage/.test(torn)) expect(one.state("users.set-aside")).to.match(/cart|garbage/);
      await one.stop();
      await started(one);
      expectClosed(one);
    });
  }

  it("do not keep Redis down where it takes none of ours: `default` has its password, and nobody is lost", async () => {
    const one = await alone((made) => {
      made.write("understudy/files/current/users.acl", `${made.read("understudy/files/current/users.acl")} +nosuch\n`);
      made.write(USERS, `${SHOP}\n`);
    });
    expectClosed(one);
    expect(names(one)).to.deep.equal(["default"]);
    expect(one.state("users.acl")).to.equal(SHOP);
    await one.until("its identity, as `default`", () => one.state("identity") !== "");
    await one.stop();
    one.giveUsers();
    await started(one);
    expect(names(one)).to.deep.equal([...OURS, "shop"].toSorted());
  });

  it("do not keep Redis down where the file cannot be written: the one before is what it starts with", async () => {
    const one = await alone();
    one.cli(...SHOP.replace("user", "acl setuser").split(" "));
    one.cli("acl", "save");
    await one.stop();
    one.write("bin/mv", `#!/bin/sh\ncase $* in *users.acl*) exit 1 ;; esac\nexec /bin/mv "$@"\n`);
    chmodSync(one.path("bin/mv"), 0o755);
    await started(one);
    expectClosed(one);
    expect(readFileSync(one.path(USERS), "utf8")).to.include("user shop ");
  });

  it("are given anew to the server that runs, and sessions stay: those of ours, and an application's", async () => {
    const one = await alone();
    one.cli("acl", "setuser", "shop", "on", ">secret", "~shop:*", "+get", "+client|id");
    const at = { address: "127.0.0.1", port: one.port };
    const sessions = await Promise.all([
      connectRedis({ ...at, user: "shop", password: "secret" }),
      connectRedis({
        ...at,
        user: "understudy_probe",
        password: ownRedisPassword(GUARDED_CREDENTIALS, "understudy_probe"),
      }),
      connectRedis({ ...at, password: "hush" }),
    ]);
    open.push(...sessions);
    const file = "understudy/files/current/users.acl";
    one.write(file, one.read(file).replaceAll("+xadd", "+xadd +time") + "\n");
    const reload = spawnSync("sh", [one.path("understudy/own-users.sh"), "reload"], {
      env: { PATH: `${one.path("bin")}:${process.env["PATH"] ?? ""}` },
      encoding: "utf8",
    });
    expect([reload.status, reload.stdout, reload.stderr]).to.deep.equal([0, "", ""]);
    expect(one.cli("acl", "getuser", "understudy_probe")).to.include("+time");
    expect(one.cli("acl", "users")).to.include("shop");
    const [shop, probe, other] = sessions;
    expect(await shop.command("GET", "shop:1")).to.equal(null);
    expect(await probe.command("TIME")).to.have.length(2);
    expect(await other.command("PING")).to.equal("PONG");
    expectClosed(one);
  });

  describe("of a pair", () => {
    const linked = async (): Promise<void> =>
      b!.until("it follows", () => b!.cli("info", "replication").includes("master_link_status:up"));
    const repliesAs = (): string => /user=(\S+)/.exec(a!.cli("client", "list", "type", "replica"))?.[1] ?? "nobody";

    async function pair(first: boolean, second: boolean): Promise<void> {
      [a, b] = [await GuardedRedis.make("host-a", first), await GuardedRedis.make("host-b", second)];
      a.write("data/understudy/init", "primary\n");
      a.start(b);
      await a.until("its identity", () => a!.state("identity") !== "");
      b.write("data/understudy/init", "standby\n");
      b.start(a);
      a.write("data/understudy/paired");
      await linked();
      await b.until("the identity", () => b!.state("identity").endsWith(" shared"));
    }

    it("follow as our user from the first login on, on both hosts, and no client is `default`", async () => {
      await pair(true, true);
      expect(repliesAs()).to.equal("understudy_replication");
      await a!.until("the way back too", () =>
        a!.cli("config", "get", "masteruser").endsWith("understudy_replication"),
      );
      for (const one of [a!, b!]) expect(refusals(one)).to.deep.equal([]);
      const lists = [a!, b!].map((one) => one.cli("acl", "list").split("\n").map(comparableRules).toSorted());
      expect(lists[0]).to.deep.equal(lists[1]);
      expect(a!.cli("set", "k", "v")).to.equal("OK");
      await b!.until("the key", () => b!.cli("get", "k") === "v");
    });

    for (const [what, first, second] of [
      ["the primary", false, true],
      ["the standby", true, false],
      ["neither", false, false],
    ] as const) {
      it(`follow on where ${what === "neither" ? "neither host has" : `${what} has not`} the users yet, and as ours once it has`, async () => {
        await pair(first, second);
        expect(repliesAs()).to.equal("default");
        expect(a!.cli("set", "k", "v")).to.equal("OK");
        await b!.until("the key", () => b!.cli("get", "k") === "v");
        // One after the other is brought up to date, the primary first.
        for (const one of [a!, b!]) {
          await one.stop();
          one.giveUsers();
          one.start(one === a ? b : a);
          await one.until("it runs", () => one.cli("ping") === "PONG");
          await linked();
        }
        expect(repliesAs()).to.equal("understudy_replication");
        expect(b!.cli("get", "k")).to.equal("v");
        expect(b!.salvages()).to.deep.equal([]);
        for (const one of [a!, b!]) expect(existsSync(one.path("data/understudy/stranger"))).to.equal(false);
      });
    }

    it("follow on where the standby is brought up to date first: as ours from the next login on", async () => {
      await pair(false, false);
      for (const one of [b!, a!]) {
        await one.stop();
        one.giveUsers();
        one.start(one === a ? b : a);
        await one.until("it runs", () => one.cli("ping") === "PONG");
        await linked();
      }
      await b!.until("as whom", () => b!.cli("config", "get", "masteruser").endsWith("understudy_replication"));
      expect(b!.cli("info", "replication")).to.include("master_link_status:up");
      a!.cli("client", "kill", "type", "replica");
      await linked();
      await a!.until("as ours", () => repliesAs() === "understudy_replication");
    });

    it("follow as `default` again where the primary goes back to a version without them", async () => {
      await pair(true, true);
      await a!.stop();
      for (const name of ["users.acl", "guard", "replication"]) a!.write(`understudy/files/current/${name}`, "");
      a!.start(b);
      await a!.until("it runs", () => a!.cli("ping") === "PONG");
      await linked();
      expect(repliesAs()).to.equal("default");
      await b!.until("it is noted", () => !existsSync(b!.path("data/understudy/replication-user")));
    });

    it("follow each other after an exchange of the roles, as ours", async () => {
      await pair(true, true);
      await a!.until("the way back too", () =>
        a!.cli("config", "get", "masteruser").endsWith("understudy_replication"),
      );
      a!.cli("replicaof", "127.0.0.1", String(b!.port));
      b!.cli("replicaof", "no", "one");
      await a!.until("it follows", () => a!.cli("info", "replication").includes("master_link_status:up"));
      expect(b!.cli("client", "list", "type", "replica")).to.include("user=understudy_replication");
    });
  });
});
