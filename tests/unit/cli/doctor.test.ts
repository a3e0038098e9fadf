import { expect } from "chai";
import { doctorText } from "../../../cli/doctor";
import { good, problem, unknown } from "../../../operator/doctor/finding";

const AT = "2026-11-23T10:00:00.000Z";

describe("what the doctor says", () => {
  it("is a line a finding, and under each that is not good what mends it", () => {
    const findings = [
      good("node", null, "22.1.0"),
      problem("disk", "host-a", "1 MiB free", "free some"),
      unknown("clock", "host-b", "not read", "ssh host-b true"),
    ];
    expect(doctorText({ readAt: AT, environment: "lab", findings, good: false }).split("\n")).to.deep.equal([
      "GOOD     node          22.1.0",
      "PROBLEM  host-a disk   1 MiB free",
      "         fix: free some",
      "UNKNOWN  host-b clock  not read",
      "         fix: ssh host-b true",
      `2 of 3 not good, read at ${AT}`,
      "",
    ]);
  });

  it("ends with all good when there is nothing to mend", () => {
    const findings = [good("node", null, "22.1.0")];
    expect(doctorText({ readAt: AT, environment: "lab", findings, good: true })).to.match(/all good, read at .*\n$/);
  });
});
