import { expect } from "chai";
import { absenceAfter, acceptedBetween } from "../../../../lab/matrix/record";
import type { Attempt } from "../../../../lab/watch/attempt";

const ack = (endMs: number): Attempt => ({ startMs: endMs - 1, endMs, accepted: true });
const no = (endMs: number): Attempt => ({ startMs: endMs - 1, endMs, accepted: false });

describe("how long there was no writable primary", () => {
  it("is the longest stretch without an acknowledgement of either host that ends after the strike", () => {
    const old = [ack(0), ack(20), ack(100), no(120), no(2000)];
    const promoted = [no(40), no(1000), ack(1500), ack(1520)];
    expect(absenceAfter([...promoted, ...old], 110)).to.deep.equal({ longestGapMs: 1400, endedAfterMs: 1390 });
  });

  it("does not count what was over before the strike", () => {
    expect(absenceAfter([ack(0), ack(5000), ack(5020), ack(5060)], 5010)).to.deep.equal({
      longestGapMs: 40,
      endedAfterMs: 50,
    });
  });

  it("is unknown, not zero, when nothing was acknowledged after the strike, or before it", () => {
    expect(absenceAfter([ack(0), ack(20), no(5000)], 100)).to.equal(null);
    expect(absenceAfter([ack(200)], 100)).to.equal(null);
    expect(absenceAfter([], 0)).to.equal(null);
  });

  it("sees an acknowledgement in a span, and no refusal", () => {
    expect(acceptedBetween([no(50), ack(60)], 40, 70)).to.equal(true);
    expect(acceptedBetween([no(50), ack(80)], 40, 70)).to.equal(false);
  });
});
