import { expect } from "chai";
import { packFound } from "../../../../drills/probe/postgres-read-back";
import { seqOf } from "../../../../drills/probe/redis-read-back";

describe("what the probe reads back", () => {
  it("packs the numbers into ranges, in whatever order they come", () => {
    expect(packFound([5, 1, 2, 3, 9])).to.deep.equal({
      found: [
        [1, 3],
        [5, 5],
        [9, 9],
      ],
      duplicatedSeqs: [],
    });
  });

  it("names each number that was found more than once, once and ascending", () => {
    expect(packFound([7, 2, 7, 2, 7, 1]).duplicatedSeqs).to.deep.equal([2, 7]);
  });

  it("finds nothing as an empty list, which is not unknown", () => {
    expect(packFound([])).to.deep.equal({ found: [], duplicatedSeqs: [] });
  });

  for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53]) {
    it(`refuses ${wrong}: a read-back with a number that is none proves nothing`, () => {
      expect(() => packFound([1, wrong])).to.throw("is not an event number");
    });
  }

  it("takes a stream entry of its own run only, whatever the order of the fields", () => {
    expect(seqOf(["run", "d-1", "seq", "12"], "d-1")).to.equal(12);
    expect(seqOf(["seq", "12", "run", "d-1"], "d-1")).to.equal(12);
    expect(seqOf(["run", "d-2", "seq", "12"], "d-1")).to.equal(undefined);
    expect(seqOf(["note", "run", "run", "d-1", "seq", "3"], "d-1")).to.equal(3);
  });

  it("takes an entry of its run without a number for a fault, not for nothing", () => {
    expect(() => packFound([seqOf(["run", "d-1"], "d-1") ?? 0])).to.throw("is not an event number");
  });
});
