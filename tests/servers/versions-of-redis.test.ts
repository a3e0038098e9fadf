import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import type { DrillRun } from "../../drills/engine/drill-run";
import type { StepRecorder } from "../../drills/engine/step-recorder";
import { guardScript } from "../../drills/hosts/guard-script";
import { identifyRedis } from "../../drills/hosts/redis";
import { pollUntil } from "../../drills/hosts/bounded";
import { exchangeRedis, lengthenReplicaPings, sealRedis } from "../../drills/planned/redis-exchange";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

/** Of one server: the `redis-server` and `redis-cli` that PATH has, which may be those of Valkey. */
describe("a pair of Redis or Valkey, whatever its version", function () {
  this.timeout(60_000);
  const started: { stop(): unknown }[] = [];
  after(() => Promise.all(started.map((one) => one.stop())));
  const folder = temporaryFolder();
  let [a, b]: ReplicatingRedis[] = [];

  before(async function () {
    if (noRedis() !== undefined) this.skip();
    a = await ReplicatingRedis.start(path.join(folder(), "a"));
    b = await ReplicatingRedis.start(path.join(folder(), "b"));
    started.push(a, b);
    await b.follow(a);
  });
  const pair = (): readonly [ReplicatingRedis, ReplicatingRedis] => [a ?? expect.fail(), b ?? expect.fail()];

  it("says which server it is, as its program does", async () => {
    const [, name = "", version = ""] =
      /^(Redis|Valkey) server v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" })) ?? [];
    const { version: said } = await identifyRedis(pair()[0].session);
    expect(said).to.equal(name === "Valkey" ? `Valkey ${version}` : version);
  });

  it("switchover: the roles are exchanged there and back by a partial resync", async () => {
    const [one, other] = pair();
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      const environment = sampleEnvironment(2);
      environment.ports.redis = to.port;
      const host = (name: string, { session }: ReplicatingRedis) => ({
        host: { name, address: "127.0.0.1", replication_address: "127.0.0.1" },
        redis: session,
      });
      const run = { from: host("from", from), to: host("to", to), environment, facts: { redis: {}, fences: [] } };
      const recorder = { mark: () => performance.now(), now: () => performance.now() } as unknown as StepRecorder;
      await from.session.command("XADD", "events", "*", "seq", "1");
      const { fullSyncs } = await identifyRedis(to.session);
      await lengthenReplicaPings(run.from as never, run.to as never);
      await sealRedis(run as unknown as DrillRun, recorder);
      await exchangeRedis(run as unknown as DrillRun, recorder);
      const { reached } = await pollUntil(
        () => identifyRedis(from.session),
        ({ role, follows }) => role === "standby" && follows?.linkUp === true,
        { deadlineMs: 20_000, pauseMs: 20 },
      );
      const now = await identifyRedis(to.session);
      expect([reached, now.role, now.fullSyncs]).to.deep.equal([true, "primary", fullSyncs]);
      expect(await to.session.command("XLEN", "events")).to.equal(await from.session.command("XLEN", "events"));
    }
  });

  it("backup: a snapshot over the network is found sound, and its keys are counted", async () => {
    const [one] = pair();
    await one.session.command("SET", "lasting", "1");
    await one.session.command("SET", "passing", "1", "EX", "1000");
    const file = path.join(folder(), "dump.rdb");
    execFileSync("redis-cli", ["-p", String(one.port), "--rdb", file], { stdio: "ignore" });
    const said = spawnSync("redis-check-rdb", [file], { encoding: "utf8" });
    const count = (what: string): string =>
      execFileSync("sed", ["-n", `s/.* \\([0-9]*\\) ${what}$/\\1/p`], { input: said.stdout, encoding: "utf8" }).trim();
    expect([said.status, count("keys read"), count("expires")]).to.deep.equal([0, "3", "1"]);
  });

  it("reads the form that it writes, and one that is to come is refused before its start", () => {
    const file = path.join(folder(), "dump.rdb");
    const written = Buffer.alloc(9);
    const descriptor = openSync(file, "r");
    readSync(descriptor, written, 0, 9, 0);
    closeSync(descriptor);
    const own = written.toString("latin1");
    expect(own).to.match(/^(REDIS00|VALKEY0)\d\d$/);
    const state = path.join(folder(), "state");
    mkdirSync(state);
    const scripts = ["redis-users.sh", "redis-identity.sh"].map(guardScript).join("\n");
    const next = `${own.slice(0, -2)}${String(Number(own.slice(-2)) + 1)}`;
    const asked = [own, next, "REDIS0009"].map((form) => `reads_form ${form} && echo yes || echo no`).join("\n");
    const script = path.join(folder(), "ask.sh");
    writeFileSync(script, `state=${state} files=${state} conf=${state}/conf\n${scripts}\n${asked}\n`);
    const { stdout, stderr } = spawnSync("sh", [script], { encoding: "utf8" });
    expect(stdout.trim().split("\n"), stderr).to.deep.equal(["yes", "no", "yes"]);
  });
});
