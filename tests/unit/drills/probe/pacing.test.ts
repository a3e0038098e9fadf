import { expect } from "chai";
import { nextDue, reconnectPauseMs, refusalPauseMs } from "../../../../drills/probe/lane";

describe("the probe's pacing", () => {
  it("keeps to the grid while it is on time", () => {
    expect(nextDue(100, 5, 101.2)).to.equal(105);
  });

  it("goes on at once after a late attempt, without a burst to catch up", () => {
    expect(nextDue(100, 5, 250)).to.equal(250);
    expect(nextDue(nextDue(100, 5, 250), 5, 251)).to.equal(255);
  });

  it("polls every 2 ms at first, and slower the longer an outage lasts, but never less than once a second", () => {
    const outages = [0, 1999, 2000, 20_000, 60_000, 3_600_000];
    expect(outages.map(refusalPauseMs)).to.deep.equal([2, 2, 20, 20, 60, 1000]);
  });

  it("connects again every 50 ms at first and slower once an endpoint was away for 2 s", () => {
    expect([0, 1999, 2000, 60_000].map(reconnectPauseMs)).to.deep.equal([50, 50, 100, 100]);
  });
});
