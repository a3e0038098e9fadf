import { expect } from "chai";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import type { StepRecorder } from "../../../../drills/engine/step-recorder";
import type { HostSessions } from "../../../../drills/hosts/sessions";
import { armFollowPort, exchangeRedis, requirePaused, sealRedis } from "../../../../drills/planned/redis-exchange";
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

  it("are asked for together with both offsets, in one turn: the port to follow by was asked for before anything stopped", async () => {
    const { run, recorder } = pair();
    await armFollowPort(run);
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    for (const { host, redis } of [run.from, run.to]) {
      const answer = redis.command.bind(redis);
      redis.command = async (...words) => {
        asked.push(`${host.name} ${words.slice(0, 2).join(" ")}`);
        await new Promise<void>((resolve) => answers.push(resolve));
        return answer(...words);
      };
    }
    const sealed = sealRedis(run, recorder);
    await new Promise(setImmediate);
    // The old primary answers in turn: its offset is that of after the pause.
    expect(asked).to.deep.equal(["host-a CLIENT PAUSE", "host-a INFO replication", "host-b INFO replication"]);
    for (const one of answers) one();
    await sealed;
    expect(asked, "nothing more was asked").to.have.length(3);
    expect(run.facts.redis).to.include({ sealedOffset: 7, replicaOffset: 7 });
  });

  it("wait for a standby that had less when it was asked first, and for nothing that it has not", async () => {
    const { run, recorder } = pair();
    const offsets = [3, 5, 7];
    const behind = run.to.redis as { command: (...words: string[]) => Promise<unknown> };
    behind.command = () => Promise.resolve(`role:slave\r\nslave_repl_offset:${offsets.shift() ?? 7}\r\n`);
    await sealRedis(run, recorder);
    expect(offsets).to.deep.equal([]);
    behind.command = () => Promise.resolve("role:slave\r\nslave_repl_offset:6\r\n");
    const failure = await sealRedis(run, recorder).catch((error: unknown) => String(error));
    expect(failure).to.include("7 on host-a, 6 on host-b");
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
