import { expect } from "chai";
import fc from "fast-check";
import type { ProbeStoreEvidence } from "../../../../evidence/document";
import { probeRecordFaults } from "../../../../evidence/probe-record-faults";
import { summarizeStore } from "../../../../evidence/probe-summary";
import { toSeqRanges } from "../../../../evidence/seq-ranges";
import { recentRecord, recordFromMs } from "../../../../drills/probe/recent-record";

type Outcome = ProbeStoreEvidence["samples"]["outcome"][number];
type Record = Pick<ProbeStoreEvidence, "samples" | "found" | "duplicatedSeqs">;

/** One event: how its attempts ended, in order, and how often it was found. */
interface Story {
  readonly outcomes: readonly Outcome[];
  readonly found: number;
}

/** A record of events 1, 2, 3 ..., each attempt 10 ms after the one before; the last attempt of all may be at endpoint 1. */
function recordOf(stories: readonly Story[], more: { found?: null } = {}): Record {
  const samples: Record["samples"] = { seq: [], invokeMs: [], endMs: [], outcome: [], endpoint: [] };
  for (const [index, { outcomes }] of stories.entries()) {
    for (const outcome of outcomes) {
      samples.invokeMs.push(samples.seq.length * 10);
      samples.endMs.push(samples.seq.length * 10 + 1);
      samples.seq.push(index + 1);
      samples.outcome.push(outcome);
      samples.endpoint.push(0);
    }
  }
  const times = (least: number): number[] => stories.flatMap(({ found }, at) => (found >= least ? [at + 1] : []));
  return { samples, found: toSeqRanges(times(1)), duplicatedSeqs: times(2), ...more };
}

const WRITTEN: Story = { outcomes: ["a"], found: 1 };
const LOST: Story = { outcomes: ["a"], found: 0 };
const TRIED_TWICE: Story = { outcomes: ["r", "a"], found: 1 };
const UNKNOWN: Story = { outcomes: ["i"], found: 0 };
const many = (count: number): Story[] => Array<Story>(count).fill(WRITTEN);

describe("the part of a standing probe's record that is evidence", () => {
  it("begins with the event that was being written then, and counts nothing that came before", () => {
    const kept = recentRecord(recordOf(many(100)), 500);
    expect(kept.samples.seq[0]).to.equal(51);
    expect(kept.found).to.deep.equal([[51, 100]]);
    expect(summarizeStore(kept).counts).to.include({ acknowledged: 50, lost: 0, phantom: 0 });
  });

  it("keeps every attempt of its first event", () => {
    const kept = recentRecord(recordOf([...many(50), TRIED_TWICE, ...many(9)]), 510);
    expect(kept.samples.outcome.slice(0, 2)).to.deep.equal(["r", "a"]);
  });

  it("goes back to the first event that was lost, repeated, or found although it was refused", () => {
    for (const odd of [LOST, { outcomes: ["a"], found: 2 }, { outcomes: ["r", "r"], found: 1 }] as Story[]) {
      const record = recordOf([...many(9), UNKNOWN, odd, ...many(89)]);
      const kept = recentRecord(record, 900);
      expect(kept.samples.seq[0]).to.equal(11);
      const { lost, duplicated, phantom } = summarizeStore(record).counts;
      expect(summarizeStore(kept).counts).to.include({ lost, duplicated, phantom });
    }
  });

  it("keeps numbers that nobody wrote", () => {
    const record = recordOf(many(100));
    record.found = [
      [0, 100],
      [5000, 5001],
    ];
    expect(summarizeStore(recentRecord(record, 500)).counts.phantom).to.equal(3);
  });

  it("goes by time alone when nothing could be read back", () => {
    const kept = recentRecord(recordOf([LOST, ...many(99)], { found: null }), 500);
    expect(kept.samples.seq[0]).to.equal(51);
    expect(kept.found).to.equal(null);
  });

  it("is the whole record when that is young, and the last event when it is old", () => {
    const record = recordOf(many(100));
    expect(recentRecord(record, -9000)).to.deep.equal(record);
    expect(recentRecord(record, 1e9).samples.seq).to.deep.equal([100]);
    const none = recordOf([]);
    expect(recentRecord(none, 0)).to.deep.equal(none);
  });

  it("never changes what was lost, repeated or invented, and stays a sound record", () => {
    const story = fc.record({
      outcomes: fc
        .tuple(fc.array(fc.constant<Outcome>("r"), { maxLength: 2 }), fc.constantFrom<Outcome>("a", "a", "r", "i"))
        .map(([refused, last]) => [...refused, last]),
      found: fc.constantFrom(0, 1, 1, 1, 1, 2),
    });
    const stories = fc.tuple(fc.nat(60), fc.array(story, { maxLength: 30 })).map(([n, rest]) => [...many(n), ...rest]);
    fc.assert(
      fc.property(stories, fc.integer({ min: -10, max: 1200 }), (all, fromMs) => {
        const record = recordOf(all);
        const kept = recentRecord(record, fromMs);
        const { lost, duplicated, phantom } = summarizeStore(record).counts;
        expect(summarizeStore(kept).counts).to.include({ lost, duplicated, phantom });
        const window = { startedAtMs: 0, finishedAtMs: 1e6 };
        expect(probeRecordFaults({ ...kept, endpoints: ["host-a"] }, window)).to.deep.equal([]);
        const at = record.samples.invokeMs.findIndex((invoke) => invoke >= fromMs);
        const due = at < 0 ? 0 : record.samples.seq.length - at;
        expect(kept.samples.seq.length).to.be.at.least(due);
      }),
    );
  });

  it("begins 10 s before the last acknowledgement of the old primary, and before the adoption", () => {
    const { samples } = recordOf(many(100));
    samples.endpoint.fill(1, 60);
    expect(recordFromMs(samples, 1, 5000)).to.equal(591 - 10_000);
    expect(recordFromMs(samples, 1, 300)).to.equal(300 - 10_000);
    expect(recordFromMs(samples, 0, 5000)).to.equal(991 - 10_000);
    samples.endpoint.fill(1);
    expect(recordFromMs(samples, 1, 5000)).to.equal(5000 - 10_000);
  });
});
