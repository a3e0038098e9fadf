import { expect } from "chai";
import { timeLines } from "../run/times";

describe("where the time of a run went", () => {
  it("is said of the longest first, and of the files of stages that left nothing not at all", () => {
    const done = [
      { name: "lint", seconds: 35 },
      { name: "e2e", seconds: 1500.4 },
    ];
    expect(timeLines(done, [{ name: "no-such-stage", alone: true }])).to.deep.equal([
      "== time: stages: e2e 1500 s, lint 35 s",
    ]);
  });
});
