import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { canGuardRedis, GuardedRedis } from "../support/guarded-redis";

const KEY = "understudy:identity";
/** Long enough for a replica to be wiped, if anything lets it. */
const WIPES_MS = 3000;

describe("the identity of a pair's Redis, by real servers behind their boot guards", function () {
  this.timeout(60_000);
  let a: GuardedRedis;
  let b: GuardedRedis;

  before(function () {
    if (!canGuardRedis()) this.skip();
  });
  beforeEach(async () => {
    [a, b] = [await GuardedRedis.make("host-a"), await GuardedRedis.make("host-b")];
  });
  afterEach(() => Promise.all([a.close(), b.close()]));

  const linked = (): Promise<void> =>
    b.until("it follows", () => b.cli("info", "replication").includes("master_link_status:up"));

  /** A new pair with 52 keys, three of them in another database, and one of them no text. */
  async function pair(): Promise<void> {
    a.write("data/understudy/init", "primary\n");
    a.start(b);
    await a.until("its identity", () => a.state("identity") !== "");
    b.write("data/understudy/init", "standby\n");
    b.start(a);
    a.write("data/understudy/paired");
    await linked();
    for (let at = 0; at < 48; at += 1) a.cli("set", `k${at}`, "v");
    a.cli("eval", "redis.call('set', '\\xff\\xfe', 'v')", "0");
    for (let at = 0; at < 3; at += 1) a.cli("-n", "5", "set", `k${at}`, "v");
    await b.until("all keys", () => b.cli("-n", "5", "dbsize") === "3" && b.cli("dbsize") === "50");
    await b.until("the identity", () => b.state("identity").endsWith(" shared"));
    expect(b.state("identity")).to.equal(a.state("identity"));
    expect(a.cli("get", KEY)).to.equal(a.state("identity").split(" ")[0]);
  }

  function whole(): void {
    expect([b.cli("dbsize"), b.cli("-n", "5", "dbsize")]).to.deep.equal(["50", "3"]);
  }

  it("is made by a new pair, comes back after FLUSHALL, and lets a pair go down and up", async () => {
    await pair();
    const identity = a.state("identity");
    a.cli("flushall");
    await a.until("the key again", () => a.cli("get", KEY) !== "");
    a.cli("set", "after", "v");
    await b.until("the same", () => b.cli("get", "after") === "v" && b.cli("get", KEY) !== "");
    await sleep(1500);
    await a.stop();
    await b.stop();
    a.start(b);
    b.start(a);
    await linked();
    expect([a.cli("get", "after"), b.cli("get", "after")]).to.deep.equal(["v", "v"]);
    expect([a.state("identity"), b.state("identity"), a.state("status")]).to.deep.equal([
      identity,
      identity,
      "primary",
    ]);
    expect(a.cli("config", "get", "repl-diskless-sync-delay"))
      .to.include("0")
      .and.not.include("86400");
  });

  it("is not wiped from a standby whose primary lost its volume and was told to begin", async () => {
    await pair();
    await a.stop();
    await b.stop();
    a.lose("");
    a.write("data/understudy/init", "primary\n");
    a.start(b);
    await a.until("it serves", () => a.cli("ping") === "PONG");
    b.start(a);
    await b.isHeld(/host-a is primary and has not the data of this pair .*failover --unplanned --to host-b/);
    await sleep(WIPES_MS);
    await b.isHeld(/host-a/);
    b.write("data/understudy/adopt");
    await linked();
    expect(b.salvages(), "what it had is kept").to.have.length(1);
  });

  it("is not wiped from a standby that started before its emptied primary did", async () => {
    await pair();
    await a.stop();
    await b.stop();
    a.lose("");
    b.start(a);
    await b.until("it serves", () => b.cli("ping") === "PONG");
    a.write("data/understudy/init", "primary\n");
    a.start(b);
    await a.isHeld(/empty, and host-b is standby with 53 keys/);
    whole();
  });

  for (const policy of ["hold", "resume"] as const) {
    it(`is not wiped from a linked standby when the primary's files are gone at its restart: policy ${policy}`, async () => {
      await pair();
      await a.stop("SIGKILL");
      a.lose("appendonlydir");
      a.write("data/understudy/release");
      a.start(b, policy);
      await a.isHeld(
        /^held empty, and the data of this pair .* are lost here; .*failover --unplanned --to host-b.*backup restore/,
      );
      await sleep(WIPES_MS);
      whole();
    });
  }

  for (const [what, lose] of [
    ["lost its index", (): void => a.lose("appendonlydir/appendonly.aof.manifest")],
    ["is gone, and a snapshot lies there that it does not read", (): void => a.onlySnapshot()],
  ] as const) {
    it(`is not wiped from a linked standby when the primary's file ${what}`, async () => {
      await pair();
      await a.stop("SIGKILL");
      lose();
      a.start(b);
      // It starts, is seen not to have the data, and its container ends.
      await a.ended();
      whole();
      a.start(b);
      await a.isHeld(/are lost here/);
      whole();
    });
  }

  it("begins anew on the operator's word, and a linked standby keeps what it has", async () => {
    await pair();
    const identity = a.state("identity");
    await a.stop("SIGKILL");
    a.lose("appendonlydir");
    a.start(b);
    await a.isHeld(/are lost here/);
    a.write("data/understudy/anew");
    await a.until("it serves", () => a.state("status") === "primary" && a.state("identity") !== "");
    expect(a.state("identity")).to.not.include(identity.split(" ")[0]);
    await sleep(WIPES_MS);
    whole();
  });

  it("protects a host that stands alone", async () => {
    a.write("data/understudy/init", "primary\n");
    a.start(undefined);
    await a.until("its identity", () => a.state("identity").endsWith(" shared"));
    a.cli("set", "k", "v");
    await a.stop();
    a.start(undefined);
    await a.until("it serves", () => a.cli("get", "k") === "v");
    await a.stop();
    a.lose("appendonlydir");
    a.start(undefined);
    await a.isHeld(/are lost here; they come back by: understudy backup restore --host host-a/);
  });

  it("is given to a pair from before: the standby follows as before, and has the identity too", async () => {
    await pair();
    await a.stop();
    await b.stop();
    for (const one of [a, b]) one.lose("understudy/identity");
    a.start(b);
    b.start(a);
    await linked();
    whole();
    await b.until("the identity", () => b.state("identity") === a.state("identity") && b.state("identity") !== "");
    expect(b.salvages()).to.deep.equal([]);
  });
});
