import { expect } from "chai";
import fc from "fast-check";
import { commonPast, parseHistory, type Lineage } from "../../../../drills/rejoin/timeline-history";

const lineage = (timeline: number, ...past: (readonly [number, bigint])[]): Lineage => ({
  past: past.map(([one, end]) => ({ timeline: one, end })),
  timeline,
});

describe("a timeline history", () => {
  it("is read line by line, comments and reasons left out", () => {
    expect(parseHistory("1\t0/3000060\tno recovery target specified\n\n# note\n2\t1/A0\tbefore 2026\n")).to.deep.equal([
      { timeline: 1, end: 0x3000060n },
      { timeline: 2, end: 0x1_0000_00a0n },
    ]);
    expect(parseHistory("")).to.deep.equal([]);
  });

  for (const text of ["x\t0/1\n", "0\t0/1\n", "1\n", "1\t0-1\treason\n"]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseHistory(text)).to.throw(/not a/);
    });
  }
});

describe("what two servers share", () => {
  for (const [what, one, other, expected] of [
    ["the same timeline, never left", lineage(1), lineage(1), { timeline: 1, until: null }],
    ["up to where the other one left", lineage(1), lineage(2, [1, 50n]), { timeline: 1, until: 50n }],
    [
      "up to the earlier of two ends, although both are on a timeline 2 now",
      lineage(2, [1, 40n]),
      lineage(2, [1, 50n]),
      { timeline: 1, until: 40n },
    ],
    [
      "a second timeline that began at the same place",
      lineage(3, [1, 40n], [2, 90n]),
      lineage(2, [1, 40n]),
      { timeline: 2, until: 90n },
    ],
    [
      "nothing of a timeline that the other one skipped",
      lineage(3, [1, 40n]),
      lineage(3, [1, 40n], [2, 90n]),
      { timeline: 1, until: 40n },
    ],
    ["nothing at all", lineage(2), lineage(1), undefined],
  ] as const) {
    it(`is ${what}`, () => {
      expect(commonPast(one, other)).to.deep.equal(expected);
    });
  }

  it("is the same from both sides, whatever their ways", () => {
    const way = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.bigInt(1n, 5n)), { maxLength: 4 }).map((steps) => {
      let [timeline, at] = [1, 0n];
      const past = steps.map(([up, length]) => {
        at += length;
        const left = { timeline, end: at };
        timeline += up;
        return left;
      });
      return { past, timeline };
    });
    fc.assert(
      fc.property(way, way, (one, other) => {
        expect(commonPast(one, other)).to.deep.equal(commonPast(other, one));
        const { past, timeline } = one;
        expect(commonPast(one, one)).to.deep.equal({ timeline, until: null });
        expect(commonPast(one, { past: [...past, { timeline, end: 100n }], timeline: timeline + 1 })).to.deep.equal({
          timeline,
          until: 100n,
        });
      }),
    );
  });
});
