import { expect } from "chai";
import fc from "fast-check";
import type { Attempt } from "../../../../lab/watch/attempt";
import { acceptingRuns, longestBlindMs, overlaps } from "../../../../lab/watch/overlap";

const PAUSE_MS = 1000;
const INTERVAL_MS = 20;

const ack = (startMs: number, endMs: number): Attempt => ({ startMs, endMs, accepted: true });
const no = (startMs: number, endMs: number): Attempt => ({ startMs, endMs, accepted: false });

/** Milliseconds that are counted. */
function counted(a: readonly Attempt[], b: readonly Attempt[]): number {
  return overlaps(a, b, PAUSE_MS).reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
}

interface Latency {
  /** From the client's start to the server's decision, and from there to the client's end. */
  readonly there: number;
  readonly back: number;
}

/** A side that takes writes exactly while `from <= time < to`, as a writer sees it that asks every 20 ms with these latencies. */
function side(from: number, to: number, latencies: readonly Latency[], phase: number): readonly Attempt[] {
  let at = phase;
  return latencies.map(({ there, back }) => {
    const [startMs, decidedAt] = [at, at + there];
    const endMs = decidedAt + back;
    at = Math.max(startMs + INTERVAL_MS, endMs + 1);
    return { startMs, endMs, accepted: decidedAt >= from && decidedAt < to };
  });
}

const latency = fc.record({
  there: fc.double({ min: 0.1, max: 15, noNaN: true }),
  back: fc.double({ min: 0.1, max: 15, noNaN: true }),
});
const latencies = fc.array(latency, { minLength: 60, maxLength: 60 });
const phase = fc.double({ min: 0, max: INTERVAL_MS, noNaN: true });

/** The longest step from one decision of a writer to its next one, with these latencies. */
const STEP_MS = 30 + INTERVAL_MS + 15;

describe("time in which two sides took writes", () => {
  it("is nothing when one side ends before the other begins, whatever the answers take", () => {
    fc.assert(
      fc.property(
        latencies,
        latencies,
        phase,
        phase,
        fc.double({ min: 100, max: 900, noNaN: true }),
        (la, lb, pa, pb, cut) => {
          expect(counted(side(-Infinity, cut, la, pa), side(cut, Infinity, lb, pb))).to.equal(0);
        },
      ),
    );
  });

  it("is never missed when it is longer than two steps of a writer, and is right to within two", () => {
    fc.assert(
      fc.property(
        latencies,
        latencies,
        phase,
        phase,
        fc.double({ min: 200, max: 400, noNaN: true }),
        fc.double({ min: 3 * STEP_MS, max: 500, noNaN: true }),
        (la, lb, pa, pb, from, length) => {
          const sum = counted(side(-Infinity, from + length, la, pa), side(from, Infinity, lb, pb));
          expect(sum).to.be.greaterThan(0);
          expect(Math.abs(sum - length)).to.be.at.most(2 * STEP_MS);
        },
      ),
    );
  });

  it("is the same whichever side is named first", () => {
    fc.assert(
      fc.property(latencies, latencies, phase, phase, (la, lb, pa, pb) => {
        const [a, b] = [side(-Infinity, 600, la, pa), side(300, Infinity, lb, pb)];
        expect(counted(a, b)).to.equal(counted(b, a));
      }),
    );
  });

  it("counts a single write of one side among those of the other, though it is one write only", () => {
    const other = Array.from({ length: 20 }, (_, at) => ack(at * 20, at * 20 + 2));
    const found = overlaps([no(80, 82), ack(104, 109), no(124, 126)], other, PAUSE_MS);
    expect(found).to.deep.equal([{ fromMs: 104, toMs: 109, proof: { side: 0, startMs: 104, endMs: 109 } }]);
  });

  it("does not count two acknowledgements that touch: the hand-over may lie between their decisions", () => {
    expect(counted([ack(0, 2), ack(20, 60), no(80, 82)], [no(10, 12), ack(30, 32), ack(50, 52), ack(70, 72)])).to.equal(
      0,
    );
  });

  it("does not join what was acknowledged before and after a refusal", () => {
    expect(counted([ack(0, 2), no(20, 22), ack(400, 402)], [ack(100, 102), ack(120, 122)])).to.equal(0);
  });
});

describe("runs of acknowledged writes", () => {
  it("end with a refusal, and with a silence of the writer", () => {
    const runs = acceptingRuns([ack(0, 2), ack(20, 22), no(40, 42), ack(60, 62), ack(2000, 2002)], PAUSE_MS);
    expect(runs.map(({ fromMs, toMs }) => [fromMs, toMs])).to.deep.equal([
      [0, 22],
      [60, 62],
      [2000, 2002],
    ]);
  });

  it("do not depend on the order in which attempts are listed", () => {
    const attempts = [ack(0, 2), no(20, 22), ack(40, 42)];
    expect(acceptingRuns([...attempts].reverse(), PAUSE_MS)).to.deep.equal(acceptingRuns(attempts, PAUSE_MS));
  });
});

describe("how long a writer did not look", () => {
  it("is the longest time between two starts, and unknown with one attempt", () => {
    expect(longestBlindMs([ack(0, 2), no(20, 520), ack(540, 541)])).to.equal(520);
    expect(longestBlindMs([ack(0, 2)])).to.equal(null);
  });
});
