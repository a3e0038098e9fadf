import { expect } from "chai";
import { STEP_NAMES, STEP_STATUSES, STEPS } from "../../../settings/steps";

describe("the table of steps", () => {
  it("has the five steps of a drill in their order", () => {
    expect(STEP_NAMES).to.deep.equal(["precheck", "backup-sync-check", "demote-primary", "promote-standby", "verify"]);
  });

  it("names each evidence key after its step", () => {
    for (const { name, evidenceKey } of STEPS) {
      expect(evidenceKey).to.equal(`STEP_${name.toUpperCase().replaceAll("-", "_")}_STATUS`);
    }
  });

  it("says each step in a sentence of its own", () => {
    expect(new Set(STEPS.map((step) => step.sentence)).size).to.equal(5);
  });

  it("knows the five words for what became of a step", () => {
    expect(STEP_STATUSES).to.deep.equal(["passed", "failed", "skipped", "simulated", "bypassed"]);
  });
});
