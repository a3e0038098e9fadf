import { expect } from "chai";
import { noFacts, type StepOutput } from "../../../evidence/drill-facts";
import { interruptedEvidence } from "../../../evidence/interrupted-evidence";
import { plannedDrill } from "../../../settings/drill-config";
import { STEP_NAMES, type StepName } from "../../../settings/steps";
import { sampleEnvironment } from "../components/sample";
import { plannedEvidence } from "../../support/valid-evidence";

const REQUEST = {
  ...plannedDrill("d-1", "execute"),
  ...{ fromHost: "host-a", toHost: "host-b", again: "understudy failover --again" },
};

function ended(...steps: readonly StepName[]): StepOutput[] {
  return plannedEvidence()
    .steps.filter(({ step }) => steps.includes(step))
    .map((result) => ({ result: { ...result, drillId: "d-1" }, facts: { ...noFacts(), versions: { redis: "7" } } }));
}

describe("the evidence of a drill that its operator interrupted", () => {
  for (const count of [1, 2, 4]) {
    const before = STEP_NAMES.slice(0, count);
    it(`names the step that did not begin after ${before.join(", ")}, and is no success`, () => {
      const document = interruptedEvidence(REQUEST, sampleEnvironment(2), ended(...before));
      expect(document.steps.map(({ status }) => status)).to.deep.equal([
        ...before.map(() => "passed"),
        "failed",
        ...STEP_NAMES.slice(count + 1).map(() => "skipped"),
      ]);
      expect(document).to.include({ success: false, failedStep: STEP_NAMES[count] });
      expect(document.steps[count]?.failure?.reason).to.include(
        `interrupted the drill before ${STEP_NAMES[count] ?? ""}`,
      );
      expect(document.versions, "what the steps before found out").to.deep.equal({ redis: "7" });
    });
  }

  it("does not say that no role was changed once the standby was promoted, and an unplanned one can go on", () => {
    const document = interruptedEvidence(
      { ...REQUEST, kind: "unplanned" },
      sampleEnvironment(2),
      ended(...STEP_NAMES.slice(0, 4)),
    );
    const failure = document.steps[4]?.failure;
    expect(failure?.reason).to.include("host-b was promoted");
    expect(failure?.next).to.equal("understudy failover --again");
  });

  it("keeps the first failure of a step that had failed by itself", () => {
    const outputs = ended("precheck");
    const failure = { reason: "role", host: null, next: "x", undone: null };
    const failed = outputs.map((one): StepOutput => ({ ...one, result: { ...one.result, status: "failed", failure } }));
    const document = interruptedEvidence(REQUEST, sampleEnvironment(2), failed);
    expect(document.failedStep).to.equal("precheck");
    expect(document.steps.map(({ status }) => status)).to.deep.equal([
      "failed",
      "skipped",
      "skipped",
      "skipped",
      "skipped",
    ]);
  });

  it("is not made of nothing", () => {
    expect(() => interruptedEvidence(REQUEST, sampleEnvironment(2), [])).to.throw("no step had ended");
  });
});
