import { expect } from "chai";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { watchEngine } from "../../../../operator/failover/engine-events";
import { stackEvidence } from "../../../../evidence/stack-output";
import { noFacts } from "../../../../evidence/drill-facts";
import { plannedEvidence } from "../../../support/valid-evidence";

const STEP = "pulumi-nodejs:dynamic/understudy:DrillStep";
const STACK = "pulumi:pulumi:Stack";
const RESULT = plannedEvidence().steps[2]!;

/** An event as the engine's log has it; only the part that is looked at. */
function event(part: object): EngineEvent {
  return { sequence: 1, timestamp: 1, ...part };
}

function begins(type: string, op: string, inputs?: object): EngineEvent {
  return event({ resourcePreEvent: { metadata: { type, op, ...(inputs && { new: { inputs } }) } } });
}

function ended(type: string, op: string, outputs?: object): EngineEvent {
  return event({ resOutputsEvent: { metadata: { type, op, ...(outputs && { new: { outputs } }) } } });
}

function diagnostic(severity: string, message: string): EngineEvent {
  return event({ diagnosticEvent: { severity, message, color: "never" } });
}

const stepEnded = (op: string): EngineEvent =>
  ended(STEP, op, { result: JSON.stringify({ result: RESULT, facts: noFacts(), originNs: "1" }) });

/** What a watcher reports of `events`. */
function seenOf(...events: readonly EngineEvent[]): readonly string[] {
  const seen: string[] = [];
  const engine = watchEngine({
    stepBegins: (step) => seen.push(`begins ${step}`),
    stepEnds: ({ step, status }) => seen.push(`ends ${step} ${status}`),
  });
  for (const one of events) engine.onEvent(one);
  return seen;
}

describe("the engine's event stream", () => {
  it("shows a step's beginning and its end with its result", () => {
    const inputs = { step: "demote-primary", drillId: "d-1" };
    expect(seenOf(begins(STEP, "create", inputs), stepEnded("create"))).to.deep.equal([
      "begins demote-primary",
      "ends demote-primary passed",
    ]);
    expect(seenOf(begins(STEP, "update", inputs), stepEnded("update"))).to.have.length(2);
  });

  it("does not show a step of an old drill that is left as it is", () => {
    expect(seenOf(begins(STEP, "same", { step: "verify" }), stepEnded("same"))).to.deep.equal([]);
  });

  it("does not take other resources, or a step without a result, for a step", () => {
    const other = "docker:index/container:Container";
    const seen = seenOf(
      begins(other, "create", { step: "verify" }),
      ended(other, "create", { result: JSON.stringify({ result: RESULT }) }),
      ended(STEP, "create", {}),
      ended(STEP, "create"),
      event({ summaryEvent: {} }),
    );
    expect(seen).to.deep.equal([]);
  });

  it("gives the evidence among the stack's outputs, and nothing before there is any", () => {
    const evidence = stackEvidence(plannedEvidence());
    const engine = watchEngine();
    for (const one of [
      ended(STACK, "create"),
      ended(STACK, "same", { host: "host-b" }),
      ended(STEP, "create", { evidence }),
    ])
      engine.onEvent(one);
    expect(engine.evidence()).to.equal(undefined);
    engine.onEvent(ended(STACK, "same", { evidence }));
    expect(engine.evidence()).to.deep.equal(evidence);
  });

  it("collects the engine's errors in order, without its colour marks, and no warnings", () => {
    const engine = watchEngine();
    engine.onEvent(diagnostic("warning", "plugin on PATH"));
    engine.onEvent(diagnostic("error", "<{%fg 1%}>drill d-1 failed at <{%reset%}>precheck\n"));
    engine.onEvent(diagnostic("info", "hello"));
    engine.onEvent(diagnostic("error", "second\n    at Output.apply (drills/drill.ts:77:54)\n"));
    expect(engine.complaints()).to.deep.equal(["drill d-1 failed at precheck", "second"]);
  });
});
