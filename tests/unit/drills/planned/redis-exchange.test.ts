import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { DrillClock } from "../../../../drills/hosts/clock";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import { StepRecorder } from "../../../../drills/engine/step-recorder";
import { exchangeRedis, noteRedisRolesLater } from "../../../../drills/planned/redis-exchange";
import { noFacts } from "../../../../evidence/drill-facts";
import { PROMOTION } from "../../../../settings/steps";
import { sampleEnvironment } from "../../components/sample";

interface Exchange {
  readonly told: string[];
  readonly failure: string;
  readonly marks: readonly string[];
}

/** Exchanges the roles; the old primary takes `slowMs` for its order, and stands at `offset` afterwards. */
async function exchange(slowMs: number, offset: number): Promise<Exchange> {
  const told: string[] = [];
  const host = (name: string): unknown => ({
    host: { name, replication_address: `address-of-${name}` },
    redis: {
      command: async (...words: string[]): Promise<unknown> => {
        told.push(`${name} ${words.slice(0, 2).join(" ")}`);
        if (name === "host-a" && words[0] === "REPLICAOF" && words[1] !== "NO") await sleep(slowMs);
        return `role:slave\r\nmaster_repl_offset:${offset}\r\nslave_repl_offset:${offset}\r\n`;
      },
    },
  });
  const facts = noFacts();
  facts.redis.sealedOffset = 70;
  const recorder = new StepRecorder(PROMOTION, "d-1", DrillClock.start());
  const run = { from: host("host-a"), to: host("host-b"), environment: sampleEnvironment(2), facts };
  const failure = await exchangeRedis(run as unknown as DrillRun, recorder).then(() => "", String);
  return { told, failure, marks: recorder.ended(undefined).marks.map(({ name }) => name) };
}

describe("the exchange of Redis' roles", () => {
  it("waits for a server that is slow to change its role, and notes it: a failure would leave half a pair promoted", async () => {
    const { told, failure, marks } = await exchange(2500, 70);
    expect(failure).to.equal("");
    expect(told).to.deep.equal([
      "host-a CONFIG GET",
      "host-a REPLICAOF address-of-host-b",
      "host-b REPLICAOF NO",
      "host-a CLIENT UNPAUSE",
    ]);
    expect(marks).to.deep.equal(["promote-redis", "redis has not changed its role yet", "redis promoted"]);
  });

  it("promotes nobody over writes that a slow server took when its pause had ended: it is primary again", async () => {
    const { told, failure } = await exchange(5100, 81);
    expect(failure).to.include("took writes after its pause had ended (offset 81, compared at 70)");
    expect(told.slice(-1)).to.deep.equal(["host-a REPLICAOF NO"]);
    expect(told.some((one) => one.startsWith("host-b"))).to.equal(false);
  });

  it("goes on where the slow server took none", async () => {
    const { failure, told } = await exchange(5100, 70);
    expect(failure).to.equal("");
    expect(told).to.include("host-b REPLICAOF NO");
  });
});

describe("the note of Redis' roles", () => {
  function pair() {
    const told: string[] = [];
    const host = (name: string): unknown => ({
      host: { name },
      redis: { command: (...words: string[]) => Promise.resolve(void told.push(`${name} ${words.join(" ")}`)) },
    });
    return { told, run: { from: host("host-a"), to: host("host-b") } as unknown as DrillRun };
  }
  const BOTH = ["host-a CONFIG REWRITE", "host-b CONFIG REWRITE"];

  it("is written when it is asked for, and not by itself: a server that writes it answers nobody", async () => {
    const { told, run } = pair();
    const note = noteRedisRolesLater(run, 30);
    expect(told).to.deep.equal([]);
    await note();
    expect(told).to.deep.equal(BOTH);
    await sleep(60);
    await note();
    expect(told, "once").to.deep.equal(BOTH);
  });

  it("is written without anybody's asking, when its time has come", async () => {
    const { told, run } = pair();
    noteRedisRolesLater(run, 10);
    await sleep(60);
    expect(told).to.deep.equal(BOTH);
  });
});
