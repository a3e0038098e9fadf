import { expect } from "chai";
import { counted, duration, moment, orUnknown } from "../../../../evidence/report/figures";

describe("figures of a report", () => {
  it("say unknown for what is not known, and never zero", () => {
    for (const nothing of [null, undefined]) {
      expect([duration(nothing), moment(nothing), orUnknown(nothing), counted(nothing, "event")]).to.deep.equal([
        "unknown",
        "unknown",
        "unknown",
        "unknown events",
      ]);
    }
    expect([duration(0), moment(0), orUnknown(0), orUnknown(false)]).to.deep.equal([
      "0.0 ms",
      "0.0000 s",
      "0",
      "false",
    ]);
  });

  it("are milliseconds below one second, and never 1000.0 ms", () => {
    expect([duration(116.65), duration(999.94), duration(999.97), duration(1929.4)]).to.deep.equal([
      "116.7 ms",
      "999.9 ms",
      "1.000 s",
      "1.929 s",
    ]);
  });

  it("have their noun in one or many", () => {
    expect([counted(1, "check"), counted(2, "check"), counted(0, "check")]).to.deep.equal([
      "1 check",
      "2 checks",
      "0 checks",
    ]);
  });
});
