import { expect } from "chai";
import fc from "fast-check";
import type { ProbeSamples } from "../../../evidence/document";
import { probeRecordFaults } from "../../../evidence/probe-record-faults";
import { summarizeStore } from "../../../evidence/probe-summary";
import { countIn, countInBoth, isIn, toSeqRanges } from "../../../evidence/seq-ranges";

type Attempt = readonly [seq: number, invokeMs: number, endMs: number | null, outcome: "a" | "r" | "i"];

function samples(...attempts: Attempt[]): ProbeSamples {
  return {
    seq: attempts.map((one) => one[0]),
    invokeMs: attempts.map((one) => one[1]),
    endMs: attempts.map((one) => one[2]),
    outcome: attempts.map((one) => one[3]),
    endpoint: attempts.map(() => 0),
  };
}

describe("probe summary", () => {
  it("counts an acknowledged event that was not found as lost", () => {
    const record = { samples: samples([1, 0, 1, "a"], [2, 2, 3, "a"]), found: toSeqRanges([1]), duplicatedSeqs: [] };
    expect(summarizeStore(record).counts).to.include({ acknowledged: 2, lost: 1, phantom: 0 });
  });

  it("counts an event number that was only ever refused and yet found as a phantom", () => {
    const record = { samples: samples([1, 0, 1, "a"], [2, 2, 3, "r"]), found: toSeqRanges([1, 2]), duplicatedSeqs: [] };
    expect(summarizeStore(record).counts).to.include({ refused: 1, lost: 0, phantom: 1 });
  });

  it("counts an event that was never attempted and yet found as a phantom, also in a huge range", () => {
    const record = { samples: samples([1, 0, 1, "a"]), found: [[1, 1_000_000_000_001]] as const, duplicatedSeqs: [] };
    expect(summarizeStore(record).counts).to.include({ phantom: 1_000_000_000_000 });
  });

  it("lets an indeterminate event be found or not: neither lost nor phantom", () => {
    const attempts = samples([1, 0, 1, "a"], [2, 2, null, "i"], [3, 3, 9, "i"]);
    const record = { samples: attempts, found: toSeqRanges([1, 3]), duplicatedSeqs: [] };
    expect(summarizeStore(record).counts).to.include({ indeterminate: 2, lost: 0, phantom: 0 });
  });

  it("counts a number that was refused first and acknowledged then once", () => {
    const attempts = samples([1, 0, 1, "r"], [1, 2, 3, "a"]);
    const { counts } = summarizeStore({ samples: attempts, found: toSeqRanges([1]), duplicatedSeqs: [1] });
    expect(counts).to.deep.equal({
      acknowledged: 1,
      refused: 1,
      indeterminate: 0,
      lost: 0,
      duplicated: 1,
      phantom: 0,
    });
  });

  it("says null, never zero, when nothing could be read back", () => {
    const { counts } = summarizeStore({ samples: samples([1, 0, 1, "a"]), found: null, duplicatedSeqs: [] });
    expect(counts).to.include({ lost: null, duplicated: null, phantom: null });
  });

  it("measures the longest gap between acknowledgements by when they ended, not by the order of attempts", () => {
    const attempts = samples([1, 0, 10.001, "a"], [2, 1, 2, "a"], [3, 3, 3.5, "a"], [4, 20, 20.5, "r"]);
    const summary = summarizeStore({ samples: attempts, found: null, duplicatedSeqs: [] });
    expect(summary).to.deep.include({ longestGapMs: 6.501, gap: { fromMs: 3.5, toMs: 10.001 } });
  });

  it("has no gap with fewer than two acknowledgements", () => {
    const summary = summarizeStore({ samples: samples([1, 0, 1, "a"]), found: null, duplicatedSeqs: [] });
    expect(summary).to.include({ longestGapMs: null, gap: null });
  });
});

describe("event number ranges", () => {
  it("hold exactly the numbers they were packed from", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), (seqs) => {
        const ranges = toSeqRanges(seqs);
        const held = Array.from({ length: 62 }, (_, seq) => seq).filter((seq) => isIn(ranges, seq));
        expect(held).to.deep.equal([...new Set(seqs)].sort((left, right) => left - right));
        expect(countIn(ranges)).to.equal(held.length);
      }),
    );
  });

  it("count what both hold as sets do, and a huge range without counting through it", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60)), fc.array(fc.nat(60)), (ones, others) => {
        const both = new Set(ones.filter((seq) => others.includes(seq)));
        expect(countInBoth(toSeqRanges(ones), toSeqRanges(others))).to.equal(both.size);
      }),
    );
    expect(countInBoth([[1, 1_000_000_000_000]], [[5, 2_000_000_000_000]])).to.equal(999_999_999_996);
  });
});

describe("faults of a probe record", () => {
  const window = { startedAtMs: 0, finishedAtMs: 100 };
  const sound = {
    endpoints: ["host-a"],
    samples: samples([1, 0, 1, "a"], [2, 2, 3, "r"], [2, 4, 5, "a"], [3, 6, null, "i"]),
    found: toSeqRanges([1, 2]),
    duplicatedSeqs: [2],
  };
  const faultsOf = (change: Partial<typeof sound>): string[] =>
    probeRecordFaults({ ...sound, ...change }, window).map((fault) => `${fault.key} ${fault.limit}`);

  it("are none in a sound record", () => {
    expect(faultsOf({})).to.deep.equal([]);
  });

  const broken: [string, Partial<typeof sound>, RegExp][] = [
    ["arrays of unequal length", { samples: { ...sound.samples, endMs: [1] } }, /endMs 4 entries/],
    ["attempts out of order", { samples: samples([1, 5, 6, "a"], [2, 4, 7, "a"]) }, /in order/],
    ["an end before its beginning", { samples: samples([1, 5, 4, "a"]) }, /not before the attempt/],
    ["an end after the probe's", { samples: samples([1, 5, 101, "a"]) }, /before the probe finished/],
    [
      "an attempt that began after the probe's end",
      { samples: samples([1, 101, null, "i"]) },
      /before the probe finished/,
    ],
    ["an acknowledgement without a time", { samples: samples([1, 5, null, "a"]) }, /unless the outcome/],
    ["an endpoint that is not there", { endpoints: [] }, /less than 0/],
    ["a number used twice", { samples: samples([1, 0, 1, "a"], [1, 2, 3, "a"]) }, /used once/],
    ["a number used again after silence", { samples: samples([1, 0, 1, "i"], [1, 2, 3, "a"]) }, /used once/],
    ["a number used again before it was refused", { samples: samples([1, 0, 5, "r"], [1, 2, 3, "a"]) }, /used once/],
    ["a number that was left out", { samples: samples([1, 0, 1, "a"], [3, 2, 3, "a"]) }, /no attempt is left out/],
    [
      "ranges that overlap",
      {
        found: [
          [1, 3],
          [2, 4],
        ],
      },
      /do not overlap/,
    ],
    ["a range that is turned around", { found: [[3, 1]] }, /do not overlap/],
    ["a duplicate that was not found", { duplicatedSeqs: [9] }, /that were found/],
    ["duplicates told twice", { duplicatedSeqs: [2, 2] }, /each once/],
  ];
  for (const [what, change, expected] of broken) {
    it(`tell of ${what}`, () => {
      expect(faultsOf(change).join("\n")).to.match(expected);
    });
  }
});
