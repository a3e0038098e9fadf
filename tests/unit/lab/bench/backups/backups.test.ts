import { expect } from "chai";
import {
  archiveLagOf,
  behindMs,
  parseArchivePosition,
  type ArchivePosition,
  type ServerPosition,
} from "../../../../../lab/bench/backups/archive-lag";
import { backupsText, judgeBackups } from "../../../../../lab/bench/backups/backups-text";
import type { BackupsSeries, ComparedSwap } from "../../../../../lab/bench/backups/backups-series";
import { compareOutages, type OutageOfSwap } from "../../../../../lab/bench/backups/compare-outages";
import { backupsSeries, roomNeededMib } from "../../../../../lab/bench/backups/run-backups";
import { throughputOf } from "../../../../../lab/bench/backups/throughput";
import { recordOf, recordWithoutEvidence } from "../../../../../lab/bench/swap-record";
import { judge } from "../../../../support/judge-evidence";
import { plannedEvidence } from "../../../../support/valid-evidence";

const MIB = 1024 * 1024;
const NOTHING = { journal: null, backups: [], restores: [], size: null, archive: null } as const;

function swap(block: number, withBackups: boolean, timescaledb: number): ComparedSwap {
  const document = plannedEvidence();
  const record = recordOf(document, judge(document));
  return { ...record, outageMs: { timescaledb, redis: 20 }, block, withBackups };
}

const outages = (withBackups: boolean, ...values: readonly (number | null)[]): readonly OutageOfSwap[] =>
  values.map((outageMs, at) => ({ block: 1 + Math.floor(at / 2), withBackups, outageMs }));

describe("bench of backups", () => {
  describe("throughput", () => {
    it("is the speed of each run, with its spread", () => {
      const runs = [10, 20, 5].map((seconds) => ({ seconds, bytes: 100 * MIB }));
      expect(throughputOf(runs)).to.deep.equal({ measured: 3, unknown: 0, slowest: 5, p50: 10, fastest: 20 });
    });

    it("is unknown, not zero, where a size or a time is not known", () => {
      expect(throughputOf([])).to.include({ measured: 0, slowest: null, p50: null, fastest: null });
      const runs = [
        { seconds: 1, bytes: null },
        { seconds: 0, bytes: MIB },
        { seconds: 2, bytes: MIB },
      ];
      expect(throughputOf(runs)).to.deep.equal({ measured: 1, unknown: 2, slowest: 0.5, p50: 0.5, fastest: 0.5 });
    });
  });

  describe("the archive's lag", () => {
    const server: readonly ServerPosition[] = [
      { atMs: 1000, lsn: 100n },
      { atMs: 1010, lsn: 200n },
      { atMs: 1020, lsn: 300n },
    ];
    const archive = (atMs: number, lsn: bigint): ArchivePosition => ({ atMs, lsn });

    it("is the time since the newest moment of which it has everything", () => {
      expect(behindMs(archive(1025, 300n), server)).to.equal(5);
      expect(behindMs(archive(1025, 299n), server)).to.equal(15);
      expect(behindMs(archive(1500, 150n), server)).to.equal(500);
    });

    it("never looks ahead: a position that the server reached after the sample does not count", () => {
      expect(behindMs(archive(1005, 300n), server)).to.equal(5);
    });

    it("is unknown when it is behind everything that was read, or was not read itself", () => {
      expect(behindMs(archive(1025, 99n), server)).to.equal(null);
      const lag = archiveLagOf([archive(1015, 200n), null, archive(1025, 99n)], server);
      expect(lag).to.deep.equal({
        seconds: 0,
        behindMs: { measured: 1, unknown: 2, p50: 5, p95: 5, max: 5 },
      });
      expect(archiveLagOf([], server).behindMs).to.include({ measured: 0, p50: null, max: null });
    });

    it("is read from the name of the file, what is filled of it, and its size, whatever the timeline", () => {
      const line = "archived 1700 0000000B0000000200000003.partial 8200 16777216";
      expect(parseArchivePosition(line)).to.deep.equal({ atMs: 1700, lsn: (2n << 32n) + 3n * 16777216n + 8200n });
      expect(parseArchivePosition("unknown")).to.equal(null);
      expect(parseArchivePosition("archived soon")).to.equal(undefined);
    });
  });

  describe("swaps with backups against swaps without", () => {
    it("says nothing of too few, and gives the ratio of each block with its spread", () => {
      const { withMs, withoutMs, ratio, slowerShare, measurable } = compareOutages([
        ...outages(true, 120, 100, 90, 110),
        ...outages(false, 100, 100, 100, 100),
      ]);
      expect(withMs).to.deep.equal({ measured: 4, p50: 100, max: 120 });
      expect(withoutMs).to.deep.equal({ measured: 4, p50: 100, max: 100 });
      expect(ratio).to.deep.equal({ blocks: 2, least: 1, p50: 1, most: 1.1 });
      expect(slowerShare).to.equal(0.625);
      expect(measurable).to.equal(null);
    });

    it("sees a difference that is larger than chance, and none where there is none", () => {
      const usual = [90, 95, 100, 105, 110, 115];
      const slower = usual.map((value) => value + 30);
      expect(compareOutages([...outages(true, ...slower), ...outages(false, ...usual)]).measurable).to.equal(true);
      expect(compareOutages([...outages(true, ...usual), ...outages(false, ...usual)]).measurable).to.equal(false);
      expect(compareOutages([...outages(true, ...usual), ...outages(false, ...slower)]).measurable).to.equal(false);
    });

    it("leaves out a swap that was not measured, and a block of one kind only", () => {
      const { withMs, ratio } = compareOutages([...outages(true, null, null, 100, 100), ...outages(false, 100, 100)]);
      expect(withMs.measured).to.equal(2);
      expect(ratio).to.deep.equal({ blocks: 0, least: null, p50: null, most: null });
    });
  });

  describe("aims and table", () => {
    const lag = (max: number, unknown = 0): BackupsSeries["archive"] => ({
      seconds: 30,
      behindMs: { measured: 100, unknown, p50: 20, p95: 60, max },
      load: { seconds: 33, pgbenchTransactions: 6000, redisBenchmarkRequests: 30_000 },
    });
    const rounds = (extraMs: number): ComparedSwap[] =>
      [1, 2, 3].flatMap((block) =>
        [100, 108].flatMap((ms) => [swap(block, true, ms + block + extraMs), swap(block, false, ms + block)]),
      );
    const verdicts = (series: BackupsSeries): readonly string[] => series.aims.map(({ verdict }) => verdict);

    it("are met by an archive within a second and swaps that are no slower", () => {
      const series = backupsSeries(
        { ...NOTHING, archive: lag(900) },
        { swapsAsked: 6, swaps: rounds(0), loadAverageBefore: 0 },
      );
      expect(verdicts(series)).to.deep.equal(["met", "met", "met"]);
    });

    it("are not met by an archive that was further behind once, by slower swaps, by a swap that failed", () => {
      const failed = { ...recordWithoutEvidence("drill-9", "no answer"), block: 4, withBackups: true };
      const swaps = [...rounds(50), failed];
      const series = backupsSeries({ ...NOTHING, archive: lag(1001) }, { swapsAsked: 6, swaps, loadAverageBefore: 0 });
      expect(verdicts(series)).to.deep.equal(["not met", "not met", "met"]);
      expect(judgeBackups({ ...series, swapsAsked: 7 }).at(-1)).to.include({ measured: 2, verdict: "not met" });
    });

    it("are unknown where nothing was measured, or not everything could be", () => {
      const series = backupsSeries(NOTHING, { swapsAsked: 1, swaps: [], loadAverageBefore: 0 });
      expect(verdicts(series)).to.deep.equal(["unknown", "unknown", "not met"]);
      const partly = backupsSeries(
        { ...NOTHING, archive: lag(10, 1) },
        { swapsAsked: 0, swaps: [], loadAverageBefore: 0 },
      );
      expect(partly.aims[0]?.verdict).to.equal("unknown");
    });

    it("show figures with count and spread, and the word for what is not known", () => {
      const backups = [
        { seconds: 10, bytes: 100 * MIB, addedBytes: 50 * MIB },
        { seconds: 5, bytes: 100 * MIB, addedBytes: 0 },
      ];
      const size = { dataBytes: 200 * MIB, repositoryBytes: 50 * MIB, logBytes: MIB, backups: 9 };
      const known = backupsSeries(
        { ...NOTHING, journal: { askedMib: 64, grownBytes: 65 * MIB }, backups, size, archive: lag(900) },
        { swapsAsked: 6, swaps: rounds(0), loadAverageBefore: 0 },
      );
      const text = backupsText(known, 2).join("\n");
      expect(text).to.include("backup of PostgreSQL: p50 10.00 MiB/s, slowest 10.00, fastest 20.00 (2 measured)");
      expect(text).to.include("50.0 MiB for 200.0 MiB, ratio 0.25, with 9 backups in it");
      expect(text).to.match(/write-ahead log +100 +0 +20\.0 ms +60\.0 ms +900\.0 ms/);
      expect(text).to.include("restore of PostgreSQL, to its first answer: p50 unknown");
      const nothing = backupsText(backupsSeries(NOTHING, { swapsAsked: 2, swaps: [], loadAverageBefore: 3 }), 2).join(
        "\n",
      );
      expect(nothing).to.include("repository against data: unknown").and.include("the machine was busy");
      expect(nothing).not.to.match(/\b(null|NaN|undefined)\b/);
    });
  });

  it("asks for more room the larger the journal is", () => {
    expect(roomNeededMib(1024)).to.be.greaterThan(10 * 1024);
    expect(roomNeededMib(64)).to.be.lessThan(roomNeededMib(128));
  });
});
