import path from "node:path";
import { expect } from "chai";
import type { DrillRun } from "../../drills/engine/drill-run";
import { StepRecorder } from "../../drills/engine/step-recorder";
import { DrillClock } from "../../drills/hosts/clock";
import { identifyRedis } from "../../drills/hosts/redis";
import { armFollowPort, exchangeRedis, requirePaused, sealRedis } from "../../drills/planned/redis-exchange";
import { noFacts } from "../../evidence/drill-facts";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { temporaryFolder } from "../support/temporary-folder";

const ROUNDS = 6;

describe("the exchange of real Redis servers' roles under writes", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const servers: ReplicatingRedis[] = [];
  before(async function () {
    if (noRedis() !== undefined) this.skip();
    for (const name of ["a", "b"])
      servers.push(await ReplicatingRedis.start(path.join(folder(), name), "--repl-ping-replica-period", "3600"));
    await servers[1]?.follow(servers[0] ?? expect.fail("no server"));
  });
  after(() => servers.forEach((one) => one.stop()));

  it("loses nothing that was acknowledged, takes nothing in between, and copies nothing anew, to and fro", async () => {
    const [a = expect.fail("no server"), b = expect.fail("no server")] = servers;
    const fullSyncs = (await identifyRedis(a.session)).fullSyncs + (await identifyRedis(b.session)).fullSyncs;
    for (let round = 0; round < ROUNDS; round += 1) {
      const [from, to] = round % 2 === 0 ? [a, b] : [b, a];
      const writer = await from.connect();
      let acknowledged = 0;
      const refused = (async (): Promise<string> => {
        for (;;) {
          try {
            acknowledged = Number(await writer.command("INCR", "n"));
          } catch (error) {
            return String(error);
          }
        }
      })();
      while (acknowledged === 0) await new Promise(setImmediate);
      const run = {
        from: { host: { name: "from", replication_address: "127.0.0.1" }, redis: from.session },
        to: { host: { name: "to", replication_address: "127.0.0.1" }, redis: to.session },
        environment: { ports: { redis: to.port } },
        facts: noFacts(),
      } as unknown as DrillRun;
      const recorder = new StepRecorder("promote-standby", "d-1", DrillClock.start());
      await armFollowPort(run);
      await sealRedis(run, recorder);
      const atSeal = acknowledged;
      requirePaused(run, recorder);
      const { sealedOffset, replicaOffset } = run.facts.redis;
      expect(replicaOffset).to.equal(sealedOffset);
      expect((await identifyRedis(from.session)).offset, "nothing was written after the pause").to.equal(sealedOffset);
      await exchangeRedis(run, recorder);
      expect(await refused).to.include("READONLY");
      expect(Number(await to.session.command("GET", "n")), "all of it, and no more").to.equal(acknowledged);
      expect(acknowledged - atSeal, "what was on its way when the pause began").to.be.within(0, 1);
      writer.close();
      await from.follow(to);
    }
    const after = (await identifyRedis(a.session)).fullSyncs + (await identifyRedis(b.session)).fullSyncs;
    expect(after, "no full copy").to.equal(fullSyncs);
  });
});
