import { expect } from "chai";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import type { StepRecorder } from "../../../../drills/engine/step-recorder";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { exchangeRedis, requirePaused, sealRedis } from "../../../../drills/planned/redis-exchange";
import { sampleEnvironment } from "../../components/sample";

/** A pair of Redis with equal offsets, a clock that is set by hand, and what both were told, in order. */
function pair(): { run: DrillRun; recorder: StepRecorder; told: string[]; clock: { ms: number } } {
  const told: string[] = [];
  const clock = { ms: 1000 };
  const host = (name: string): HostSessions => {
    const role =
      name === "host-a" ? "role:master\r\nmaster_repl_offset:7\r\n" : "role:slave\r\nslave_repl_offset:7\r\n";
    const command = (...words: string[]): Promise<unknown> => {
      if (words[0] !== "INFO") told.push(`${name} ${words.slice(0, 2).join(" ")}`);
      return Promise.resolve(role);
    };
    return { host: { name, replication_address: name }, redis: { command } } as unknown as HostSessions;
  };
  const facts = { redis: {}, fences: [] };
  const run = { from: host("host-a"), to: host("host-b"), facts, environment: sampleEnvironment(2) };
  const recorder = { now: () => clock.ms, mark: () => clock.ms };
  return { run: run as unknown as DrillRun, recorder: recorder as unknown as StepRecorder, told, clock };
}

const EXCHANGE = ["host-a REPLICAOF", "host-b REPLICAOF", "host-a CLIENT UNPAUSE"].map((one) =>
  one.replace(/REPLICAOF$/, one.startsWith("host-a") ? "REPLICAOF host-b" : "REPLICAOF NO"),
);

describe("paused writes of Redis, before the roles are exchanged", () => {
  it("count from before they were asked for, and for less time than the pause lasts", async () => {
    const { run, recorder, clock } = pair();
    expect(() => requirePaused(run, recorder), "never paused").to.throw("may have taken some since");
    await sealRedis(run, recorder);
    requirePaused(run, recorder);
    clock.ms += 5000;
    requirePaused(run, recorder);
    clock.ms += 1;
    expect(() => requirePaused(run, recorder)).to.throw("paused 5 s ago");
  });

  it("count anew from the next time they are asked for", async () => {
    const { run, recorder, told, clock } = pair();
    await sealRedis(run, recorder);
    await exchangeRedis(run, recorder);
    expect(told).to.deep.equal(["host-a CONFIG GET", "host-a CLIENT PAUSE", ...EXCHANGE]);
    clock.ms += 11_000;
    expect(() => requirePaused(run, recorder)).to.throw("paused 11 s ago");
    await sealRedis(run, recorder);
    requirePaused(run, recorder);
  });
});
