import { expect } from "chai";
import type { RunHead } from "../../../../../lab/bench/report";
import { setWords } from "../../../../../lab/bench/size/fill-redis";
import { DEFAULT_GIB, DEFAULT_KEYS, redisLimitMib, stepsOf, whySkipped } from "../../../../../lab/bench/size/size-plan";
import { figuresAt, sizeReport, sizeText, type SizeRun } from "../../../../../lab/bench/size/size-report";
import { recordOf, type SwapRecord } from "../../../../../lab/bench/swap-record";
import { judge } from "../../../../support/judge-evidence";
import { plannedEvidence } from "../../../../support/valid-evidence";

const HEAD = { version: 1, machine: { cores: 2 } } as unknown as RunHead;
const PLAN = { environmentFile: "lab.yaml", loadAverageBefore: 0.2, asked: 6 };
const ROOM = { hostDiskMib: 20_000, machineDiskMib: 60_000, memoryMib: 20_000 };

function swaps(...outages: readonly number[]): readonly SwapRecord[] {
  const document = plannedEvidence();
  const record = recordOf(document, judge(document));
  return outages.map((ms) => ({ ...record, outageMs: { timescaledb: ms, redis: ms / 5 } }));
}

function run(size: number, over: Partial<SizeRun> = {}): SizeRun {
  const base = swaps(100, 101, 102, 103, 104, 105);
  return { ...{ store: "timescaledb", size, skipped: null, reached: size * 1024 ** 3, swaps: base }, ...over };
}

describe("bench of sizes", () => {
  it("lets PostgreSQL grow, then Redis, from 1 GiB and ten thousand keys on", () => {
    expect(stepsOf(DEFAULT_GIB, DEFAULT_KEYS).map(({ size }) => size)).to.deep.equal([
      ...[1, 5, 20, 10_000, 100_000, 1_000_000, 5_000_000],
    ]);
  });

  it("leaves out what does not fit, and says what it takes", () => {
    expect(whySkipped({ store: "timescaledb", size: 5 }, ROOM)).to.equal(null);
    expect(whySkipped({ store: "timescaledb", size: 20 }, ROOM)).to.equal(
      "20 GiB take 23.0 GiB on each host's disk, which has 19.5 GiB",
    );
    expect(whySkipped({ store: "timescaledb", size: 5 }, { ...ROOM, machineDiskMib: 10_000 })).to.contain("both hosts");
    expect(whySkipped({ store: "redis", size: 5_000_000 }, ROOM)).to.equal(null);
    expect(whySkipped({ store: "redis", size: 5_000_000 }, { ...ROOM, memoryMib: 2000 })).to.contain("of memory");
  });

  it("asks a memory limit of Redis that holds the keys below its maxmemory", () => {
    expect(redisLimitMib(10_000)).to.be.lessThan(512);
    expect(redisLimitMib(5_000_000) * 0.7).to.be.greaterThan((5_000_000 * 160) / 1024 / 1024);
  });

  it("sets each key once", () => {
    expect(setWords(1, 2)).to.deep.equal(["MSET", "understudy-bench:size:1", "1", "understudy-bench:size:2", "2"]);
  });

  it("finds a window that grows, and one that is flat", () => {
    const grown = run(5, { swaps: swaps(200, 201, 202, 203, 204, 205) });
    const flat = run(5, { swaps: swaps(99, 101.5, 102.5, 103.5, 104.5, 98) });
    const redis = (one: SizeRun): SizeRun => ({ ...one, store: "redis" });
    const verdict = (...runs: readonly SizeRun[]): string | undefined => sizeReport(HEAD, PLAN, runs).aims[0]?.verdict;
    expect(verdict(run(1), grown, redis(run(1)), redis(flat))).to.equal("not met");
    expect(verdict(run(1), flat, redis(run(1)), redis(flat))).to.equal("met");
    expect(verdict(run(1), flat)).to.equal("unknown");
  });

  it("keeps a size that was left out apart from one that failed", () => {
    const skipped = run(20, { skipped: "no room", reached: null, swaps: [] });
    const report = sizeReport(HEAD, PLAN, [run(1), run(5, { swaps: swaps(1, 2) }), skipped]);
    expect(report.figures.map(({ size }) => size)).to.deep.equal([1, 5]);
    expect(report.aims[2]).to.include({ measured: 4, verdict: "not met" });
    expect(sizeText(report)).to.contain("20 GiB of PostgreSQL: left out, no room");
    expect(sizeText(report)).to.contain("the database has 1.00 GiB");
  });

  it("adds the steps of a drill up, unless one is not known", () => {
    const [one] = swaps(1);
    expect(figuresAt([one!]).drillMs.measured).to.equal(1);
    const unknown = { ...one!, stepMs: { ...one!.stepMs, verify: null } };
    expect(figuresAt([unknown]).drillMs).to.include({ measured: 0, unknown: 1 });
  });
});
