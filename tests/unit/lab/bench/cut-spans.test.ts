import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { CUT_SPANS, cutSpansOf } from "../../../../lab/bench/cut-spans";
import { plannedEvidence } from "../../../support/valid-evidence";

function withMarks(marks: Readonly<Record<string, number>>): EvidenceDocument {
  const document = plannedEvidence();
  for (const step of document.steps) step.marks = [];
  document.steps[2]!.marks = Object.entries(marks).map(([name, atMs]) => ({ name, host: null, atMs }));
  return document;
}

describe("bench cut spans", () => {
  it("measures from mark to mark, over the steps' borders", () => {
    const spans = cutSpansOf(plannedEvidence());
    expect(spans["PostgreSQL promote"]).to.equal(null);
    const document = withMarks({ "stop begins": 10, sealed: 35.25, "standby at the seal": 36 });
    document.steps[3]!.marks = [{ name: "promote-timescaledb", host: null, atMs: 40.5 }];
    expect(cutSpansOf(document)).to.include({
      "PostgreSQL stop and seal": 25.25,
      "PostgreSQL catch-up": 0.75,
      "from seal to promote": 4.5,
    });
  });

  it("leaves every stretch unknown when there are no marks", () => {
    expect(Object.values(cutSpansOf(withMarks({})))).to.deep.equal(CUT_SPANS.map(() => null));
  });

  it("takes the end of the longest gap as the first write", () => {
    const document = withMarks({ "promote-timescaledb": 1950, "timescaledb promoted": 1980 });
    document.probe!.timescaledb.gap = { fromMs: 1850, toMs: 1990.5 };
    expect(cutSpansOf(document)["PostgreSQL first write"]).to.equal(10.5);
  });

  it("is zero when clients wrote before the drill saw the promotion, and unknown when the gap was another one", () => {
    const document = withMarks({ "promote-timescaledb": 1950, "timescaledb promoted": 1980 });
    document.probe!.timescaledb.gap = { fromMs: 1850, toMs: 1979 };
    expect(cutSpansOf(document)["PostgreSQL first write"]).to.equal(0);
    for (const gap of [
      { fromMs: 700, toMs: 900 },
      { fromMs: 2400, toMs: 2700 },
    ]) {
      document.probe!.timescaledb.gap = gap;
      expect(cutSpansOf(document)["PostgreSQL first write"]).to.equal(null);
    }
  });

  it("has no first write without a probe", () => {
    const document = withMarks({ "redis promoted": 1980 });
    document.probe = null;
    expect(cutSpansOf(document)["Redis first write"]).to.equal(null);
  });
});
