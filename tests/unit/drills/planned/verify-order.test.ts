import { expect } from "chai";
import type { DrillRun } from "../../../../drills/engine/drill-run";
import { StepRecorder } from "../../../../drills/engine/step-recorder";
import { DrillClock } from "../../../../drills/hosts/clock";
import { countEverything } from "../../../../drills/planned/verify";
import type { CarryTold } from "../../../../drills/services/data-sync/carry-over";
import { noFacts } from "../../../../evidence/drill-facts";
import { plannedEvidence } from "../../../support/valid-evidence";
import { sampleEnvironment } from "../../components/sample";

const REQUEST = { id: "d-1", kind: "planned", mode: "execute" };

/** A host whose PostgreSQL says nothing, and whose Redis holds nothing. */
function host(name: string): unknown {
  const nothing = (word: string): unknown => (word.startsWith("X") ? [] : "");
  return {
    host: { name },
    sql: { query: () => Promise.reject(new Error("silent")) },
    redis: { command: (word: string) => Promise.resolve(nothing(word)) },
  };
}

/** A run in `verify` whose probe ends as `probe` says; what happened, in order. */
function runWith(probe: (stopped: () => void, told: string[]) => Promise<unknown>) {
  const told: string[] = [];
  const carryOver = {
    run: async ({ move, moved }: CarryTold) => {
      told.push("services stop");
      await move("loki");
      await moved?.();
      return [];
    },
    end: () => Promise.resolve(void told.push("carriers removed")),
  };
  const canary = {
    move: () => Promise.resolve(),
    finish: (from: string) => Promise.resolve(void told.push(`canary reads ${from}`)),
  };
  const run = {
    request: REQUEST,
    environment: { ...sampleEnvironment(2), backup: undefined },
    from: host("host-a"),
    to: host("host-b"),
    facts: noFacts(),
    probe: { finish: (_from: unknown, stopped: () => void) => probe(stopped, told) },
    ...{ carryOver, canary, carried: [], backups: {}, rehearsed: [], pendingWrites: [] },
  } as unknown as DrillRun;
  const recorder = new StepRecorder("verify", "d-1", DrillClock.start());
  return { told, run, recorder };
}

describe("the counting at the end of a switchover", () => {
  it("stops no service while the probe writes, and reads its events back beside the services' data", async () => {
    const { told, run, recorder } = runWith(async (stopped, story) => {
      for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
      story.push("probe stopped");
      stopped();
      while (!story.some((one) => one.startsWith("canary reads"))) await new Promise(setImmediate);
      story.push("events read");
      return plannedEvidence().probe;
    });
    await countEverything(run, recorder);
    expect(told.slice(0, 2)).to.deep.equal(["probe stopped", "services stop"]);
    expect(told).to.include.members(["canary reads host-b", "events read", "carriers removed"]);
    expect(run.facts.continuity?.services.find(({ service }) => service === "redis")?.counted).to.have.length(1);
    const marks = recorder.ended(undefined).marks.map(({ name }) => name);
    expect(marks).to.include.members(["probe stopped", "loki continues", "canary read back", "events read back"]);
    expect(run.pendingWrites, "the last step waits for what is being removed").to.have.length(1);
  });

  it("waits for the evidence of a probe that does not say when it has stopped", async () => {
    const { told, run, recorder } = runWith((_stopped, story) => {
      story.push("events read");
      return Promise.resolve(plannedEvidence().probe);
    });
    await countEverything(run, recorder);
    expect(told.slice(0, 2)).to.deep.equal(["events read", "services stop"]);
  });

  it("stops no service where the probe has died before it stopped", async () => {
    const { told, run, recorder } = runWith(() => Promise.reject(new Error("the probe's process ended")));
    const failure = await countEverything(run, recorder).catch((error: unknown) => error);
    expect(String(failure)).to.include("the probe's process ended");
    expect(told).to.deep.equal([]);
  });
});
