import { expect } from "chai";
import type { Check } from "../../../../evidence/document";
import { stepResultSchema } from "../../../../evidence/document";
import { StepFailure, StepRecorder } from "../../../../drills/engine/step-recorder";
import { DrillClock } from "../../../../drills/hosts/clock";

/** A clock that stands still until it is told to go on. */
class TestClock extends DrillClock {
  at = 100;
  constructor() {
    super("0");
  }
  override now(): number {
    return this.at;
  }
}

function recorder(clock = new TestClock()): { clock: TestClock; step: StepRecorder } {
  return { clock, step: new StepRecorder("verify", "d-1", clock) };
}

const GOOD: Check = { name: "lag", host: "host-b", measured: 0, limit: 5, ok: true };
const BAD: Check = { name: "role", host: "host-a", measured: "standby", limit: "primary", ok: false };

function thrownBy(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("the record of one step", () => {
  it("has its marks at the drill's time, and begins and ends on the drill's clock", () => {
    const { clock, step } = recorder();
    clock.at = 150.5;
    expect(step.mark("sealed", "host-a")).to.equal(150.5);
    clock.at = 160;
    const result = step.ended(undefined);
    expect(result).to.include({ step: "verify", drillId: "d-1", status: "passed", failure: null });
    expect(result).to.include({ startedAtMs: 100, finishedAtMs: 160 });
    expect(result.marks).to.deep.equal([{ name: "sealed", host: "host-a", atMs: 150.5 }]);
  });

  it("is a step of the evidence contract, whatever became of it", () => {
    const { step } = recorder();
    for (const result of [step.ended(undefined), step.skipped(), step.failed(new Error("x"))])
      stepResultSchema.parse(result);
    expect(step.skipped().status).to.equal("skipped");
  });

  it("keeps every comparison, also those beside the one that does not hold", () => {
    const { step } = recorder();
    step.require([GOOD], "next");
    const thrown = thrownBy(() => step.require([GOOD, BAD, GOOD], "understudy status"));
    expect(thrown).to.be.instanceOf(StepFailure);
    expect(step.failed(thrown).checks).to.deep.equal([GOOD, GOOD, BAD, GOOD]);
  });

  it("fails with the comparison's host, what was measured, the limit and the next command", () => {
    const { step } = recorder();
    const result = step.failed(thrownBy(() => step.require([BAD], "understudy status")));
    expect(result.status).to.equal("failed");
    expect(result.failure).to.deep.equal({
      host: "host-a",
      reason: "role on host-a: standby, must be primary",
      next: "understudy status",
      undone: null,
    });
  });

  it("passes on what a step's own failure says, with what was undone", () => {
    const failure = { reason: "no", host: "host-a", next: "now this", undone: "host-a is primary again" };
    expect(recorder().step.failed(new StepFailure(failure)).failure).to.deep.equal(failure);
  });

  it("makes a failure of anything that was thrown, in one line, with a next command", () => {
    expect(recorder().step.failed(new Error("a\nb")).failure).to.deep.equal({
      reason: "a b",
      host: null,
      next: "understudy status",
      undone: null,
    });
  });
});
