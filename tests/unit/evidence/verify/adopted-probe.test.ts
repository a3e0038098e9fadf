import { expect } from "chai";
import { documentEnvValues } from "../../../../evidence/env-values";
import { judge, rulesNamed } from "../../../support/judge-evidence";
import { adoptedEvidence } from "../../../support/adopted-evidence";
import { plannedEvidence, record, unplannedEvidence } from "../../../support/valid-evidence";

const AHEAD_MS = 60_000;

describe("evidence of a drill that adopted a standing probe", () => {
  it("is accepted, though its steps begin a minute after the zero of its clock", () => {
    const document = adoptedEvidence(AHEAD_MS);
    expect(document.steps[0]?.startedAtMs).to.be.greaterThan(AHEAD_MS);
    expect(document.probe?.startedAtMs).to.be.lessThan(1);
    expect(judge(document)).to.deep.include({ verdict: "accepted" });
  });

  it("takes as long as its steps, and its outage is as long as the probe saw it", () => {
    const values = documentEnvValues(adoptedEvidence(AHEAD_MS));
    expect(values.FAILOVER_DURATION_SECONDS).to.equal(documentEnvValues(unplannedEvidence()).FAILOVER_DURATION_SECONDS);
    expect(Number(values.FAILOVER_OUTAGE_SECONDS)).to.be.within(3.9, 4.3);
    expect(values.DATA_SYNC_LAG_EVENTS).to.equal("2");
  });

  it("is refused when a step's two clocks disagree", () => {
    const document = adoptedEvidence(AHEAD_MS);
    for (const step of document.steps.slice(2)) {
      step.startedAtMs += 1100;
      step.finishedAtMs += 1100;
    }
    expect(rulesNamed(judge(document))).to.include("clocks-agree");
  });

  it("is refused in a planned drill: its own probe, and its own clock", () => {
    const early = plannedEvidence();
    if (early.probe) early.probe.startedAtMs = 0.1;
    expect(rulesNamed(judge(record(early)))).to.deep.equal(["probe-inside-drill"]);
    const ahead = plannedEvidence();
    for (const step of ahead.steps) {
      step.startedAtMs += AHEAD_MS;
      step.finishedAtMs += AHEAD_MS;
    }
    expect(rulesNamed(judge(ahead)))
      .to.include("probe-inside-drill")
      .and.include("fence-in-drill");
  });

  it("is refused when the probe ran on after the drill", () => {
    const document = adoptedEvidence(AHEAD_MS);
    if (document.probe) document.probe.finishedAtMs = AHEAD_MS + 9000;
    expect(rulesNamed(judge(document))).to.include("probe-inside-drill");
  });
});
