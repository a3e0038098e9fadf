import { expect } from "chai";
import fc from "fast-check";
import { distributionOf, nearestRank, totalOf } from "../../../../lab/bench/distribution";

describe("bench distribution", () => {
  it("gives a percentile of nothing as unknown", () => {
    expect(nearestRank([], 50)).to.equal(null);
    expect(distributionOf([])).to.deep.equal({ measured: 0, unknown: 0, p50: null, p95: null, max: null });
  });

  it("gives the only value as every percentile", () => {
    expect(distributionOf([7])).to.deep.equal({ measured: 1, unknown: 0, p50: 7, p95: 7, max: 7 });
  });

  it("takes the lower of two as the median and the higher as the 95th", () => {
    expect(distributionOf([9, 3])).to.deep.equal({ measured: 2, unknown: 0, p50: 3, p95: 9, max: 9 });
  });

  it("takes the largest as the 95th of 19 values, and the second largest of 20", () => {
    const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => count - at);
    expect(nearestRank(upTo(19), 95)).to.equal(19);
    expect(nearestRank(upTo(20), 95)).to.equal(19);
    expect(nearestRank(upTo(100), 95)).to.equal(95);
  });

  it("counts ties one by one", () => {
    expect(distributionOf([5, 5, 5, 8])).to.include({ p50: 5, p95: 8, max: 8 });
    expect(distributionOf([5, 8, 8, 8])).to.include({ p50: 8, p95: 8, max: 8 });
  });

  it("sorts numbers as numbers and leaves its argument alone", () => {
    const values = [100, 9, 20];
    expect(nearestRank(values, 50)).to.equal(20);
    expect(values).to.deep.equal([100, 9, 20]);
  });

  it("leaves unknown values out of the figures and counts them", () => {
    expect(distributionOf([null, 4, null, 0])).to.deep.equal({ measured: 2, unknown: 2, p50: 0, p95: 4, max: 4 });
    expect(distributionOf([null])).to.deep.equal({ measured: 0, unknown: 1, p50: null, p95: null, max: null });
  });

  it("refuses a percentile that there is not", () => {
    for (const percent of [0, -1, 101, Number.NaN]) expect(() => nearestRank([1], percent)).to.throw(RangeError);
  });

  it("is the smallest value that enough of the values do not exceed", () => {
    const values = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (all, percent) => {
        const found = nearestRank(all, percent)!;
        const notAbove = (limit: number): number => all.filter((one) => one <= limit).length;
        expect(all).to.include(found);
        expect(notAbove(found) * 100).to.be.at.least(percent * all.length);
        expect(notAbove(found - 1) * 100).to.be.below(percent * all.length);
      }),
    );
  });

  it("adds what is known and counts what is not", () => {
    expect(totalOf([1, null, 2])).to.deep.equal({ sum: 3, unknown: 1 });
    expect(totalOf([])).to.deep.equal({ sum: 0, unknown: 0 });
  });
});
