import { expect } from "chai";
import type { EvidenceDocument } from "../../../../../evidence/document";
import { stackEvidence } from "../../../../../evidence/stack-output";
import { timeRules } from "../../../../../evidence/verify/rules/times";
import { failedEvidence } from "../../../../support/valid-evidence";

const EXPECTATIONS = {
  mode: "execute",
  maxFailoverSeconds: 60,
  maxDataLagEvents: 0,
  nonce: null,
  freshness: null,
} as const;

/** Violations of the rule on the steps' times. */
function stepTimes(document: EvidenceDocument): number {
  const rule = timeRules.find(({ id }) => id === "step-times");
  const { env } = stackEvidence(document);
  return rule!.check({ env, document }, EXPECTATIONS).length;
}

describe("the times of skipped steps", () => {
  it("may overlap: promote-standby starts beside demote-primary, and both are skipped", () => {
    const document = failedEvidence("precheck");
    document.steps[3]!.startedAtMs = document.steps[2]!.startedAtMs;
    document.steps[1]!.startedAtMs = document.steps[0]!.finishedAtMs - 1;
    expect(stepTimes(document)).to.equal(0);
  });

  it("bound no step that runs after them", () => {
    const document = failedEvidence("verify");
    document.steps[3]!.status = "skipped";
    document.steps[3]!.finishedAtMs = document.steps[4]!.startedAtMs + 1;
    expect(stepTimes(document)).to.equal(0);
  });

  it("do not hide a step that ran before the last one that ran had ended", () => {
    const document = failedEvidence("verify");
    document.steps[3]!.status = "skipped";
    document.steps[4]!.startedAtMs = document.steps[2]!.finishedAtMs - 1;
    expect(stepTimes(document)).to.equal(1);
  });
});
