import { expect } from "chai";
import {
  blockSizes,
  compareStores,
  judgeComparison,
  kindsOfBlock,
  type ComparedTurn,
} from "../../../../../lab/bench/compare/compare-labs";
import { compareText, type CompareReport } from "../../../../../lab/bench/compare/compare-text";
import {
  countersOf,
  dearest,
  idleOf,
  idleText,
  judgeIdle,
  missingText,
} from "../../../../../lab/bench/compare/idle-cost";
import { rankSum } from "../../../../../lab/bench/compare/rank-sum";
import { hasImages } from "../../../../../lab/bench/compare/with-watchers";
import { modesBetween } from "../../../../../lab/bench/declare-lab";
import { recordOf } from "../../../../../lab/bench/swap-record";
import { wishProblem } from "../../../../../lab/bench/wish-problem";
import { EXPORTER_NAMES } from "../../../../../settings/services";
import { judge } from "../../../../support/judge-evidence";
import { plannedEvidence } from "../../../../support/valid-evidence";
import { sampleEnvironment } from "../../../components/sample";

function turn(measured: boolean, timescaledb: number | null, block = 1): ComparedTurn {
  const document = plannedEvidence();
  return { ...recordOf(document, judge(document)), outageMs: { timescaledb, redis: 20 }, block, measured };
}

const range = (count: number, from: number): readonly number[] => Array.from({ length: count }, (_, at) => from + at);

describe("bench that compares two labs", () => {
  describe("rank sum", () => {
    it("is exact for small samples without equal values", () => {
      // All three above all three: one of 20 orders.
      expect(rankSum([4, 5, 6], [1, 2, 3])).to.deep.equal({
        ...{ u: 9, share: 1, pLarger: 0.05, pDifferent: 0.1, exact: true },
      });
      expect(rankSum([1, 2, 3], [4, 5, 6]).pLarger).to.equal(1);
      // 4 and 5 of each: the published table has 0.0079 one-sided at U = 20, 0.0317 at U = 18.
      expect(rankSum(range(4, 10), range(5, 1)).pLarger).to.be.closeTo(1 / 126, 1e-9);
      expect(rankSum([10, 11, 12, 4.5], [1, 2, 3, 4, 5]).pLarger).to.be.closeTo(2 / 126, 1e-9);
    });

    it("has the critical value of 12 against 12 where tables have it: 42 below, 1-sided 5 %", () => {
      const shifted = (by: number): ReturnType<typeof rankSum> =>
        rankSum(
          range(12, 0).map((one) => one + by),
          range(12, 0).map((one) => one + 0.5),
        );
      const found = range(12, 0).map(shifted);
      for (const { u, pLarger } of found) expect(pLarger < 0.05, `U ${u}`).to.equal(u >= 144 - 42);
    });

    it("goes by the normal distribution with equal values, and is corrected for them", () => {
      const { exact, share, pLarger } = rankSum([1, 1, 2, 2, 3], [1, 2, 2, 3, 3]);
      expect(exact).to.equal(false);
      expect(share).to.equal(0.36);
      expect(pLarger).to.be.within(0.7, 0.9);
      expect(rankSum([5, 5, 5], [5, 5, 5])).to.include({ share: 0.5, pDifferent: 1 });
      const many = rankSum(range(30, 20), range(30, 0));
      expect(many.exact).to.equal(false);
      expect(many.pLarger).to.be.lessThan(1e-6);
    });

    it("has nothing to say of an empty sample", () => {
      expect(() => rankSum([], [1])).to.throw(RangeError);
    });
  });

  describe("the blocks", () => {
    it("take turns, each kind beginning every other one", () => {
      expect([1, 2, 3].map((block) => kindsOfBlock(block)[0])).to.deep.equal([true, false, true]);
      expect(blockSizes(12, 4)).to.deep.equal([4, 4, 4]);
      expect(blockSizes(5, 4)).to.deep.equal([4, 1]);
    });

    it("go down from encrypted to plain by way of servers that take both", () => {
      expect(modesBetween("required", "plain")).to.deep.equal(["accepted"]);
      expect(modesBetween("plain", "required")).to.deep.equal([]);
      expect(modesBetween("accepted", "plain")).to.deep.equal([]);
    });
  });

  describe("the verdict", () => {
    const side = (measured: boolean, from: number): readonly ComparedTurn[] =>
      range(6, 0).map((at) => turn(measured, from + 2 * at));

    it("finds an outage that is longer, and none that is not", () => {
      const longer = [...side(true, 200), ...side(false, 101)];
      const alike = [...side(true, 100), ...side(false, 101)];
      const verdict = (turns: readonly ComparedTurn[]): string | undefined =>
        judgeComparison(compareStores(turns), turns, 6)[0]?.verdict;
      expect(verdict(longer)).to.equal("not met");
      expect(verdict(alike)).to.equal("met");
    });

    it("says nothing of too few, and keeps what was not measured out", () => {
      const turns = [turn(true, 100), turn(true, null), turn(false, 90)];
      const stores = compareStores(turns);
      expect(stores.timescaledb.test).to.equal(null);
      expect(stores.timescaledb.measuredMs).to.include({ measured: 1, unknown: 1 });
      expect(judgeComparison(stores, turns, 12)[0]?.verdict).to.equal("unknown");
    });

    it("is said with its p-value", () => {
      const switchovers = [...side(true, 200), ...side(false, 101)];
      const stores = compareStores(switchovers);
      const text = compareText({
        ...{ name: "tls", environmentFile: "lab.yaml", againstFile: "lab_plain.yaml", loadAverageBefore: 0.1 },
        ...{ asked: 6, block: 2, machine: { cores: 2 }, stores, idle: null, switchovers },
        aims: judgeComparison(stores, switchovers, 6),
      } as unknown as CompareReport);
      expect(text).to.contain("6 switchovers each asked, 6 and 6 run, in blocks of 2");
      expect(text).to.contain(
        "longer in 1.00 of all pairs: longer, and not by chance (rank sum, exact, p 0.001 one-sided",
      );
    });
  });

  describe("an idle host", () => {
    const stats = (read: string, total: number, usage: number): object => ({
      read,
      cpu_stats: { cpu_usage: { total_usage: total } },
      memory_stats: { usage, stats: { total_inactive_file: 1024 * 1024 } },
    });
    const [from, to] = ["2026-12-01T10:00:00.000000000Z", "2026-12-01T10:01:00.000000000Z"];

    it("costs what its control groups have counted over a minute", () => {
      const one = idleOf(
        "host-a",
        "agent",
        countersOf(stats(from, 1e9, 1)),
        countersOf(stats(to, 2.2e9, 31 * 1024 * 1024)),
      );
      expect(one).to.deep.equal({
        ...{ host: "host-a", container: "agent", kind: "watcher", seconds: 60, cpuPercent: 2, memoryMib: 30 },
      });
      const door = idleOf("host-a", "pooler", countersOf(stats(from, 1e9, 1)), countersOf(stats(to, 1e9 + 6e8, 1)));
      expect(door.kind).to.equal("door");
      expect(dearest([one, door, { ...one, host: "host-b", cpuPercent: 5.5 }], "watcher", "cpuPercent")).to.equal(5.5);
      expect(judgeIdle([{ ...one, cpuPercent: 5.01 }])[0]?.verdict).to.equal("not met");
      expect(idleText([one, door]).join("\n")).to.contain("all of kind door on the dearest host: 1.00 % of one core");
    });

    it("is unknown, not free, where the engine has no counters", () => {
      const nothing = countersOf({ read: to, cpu_stats: {}, memory_stats: {} });
      const one = idleOf("host-a", "agent", nothing, nothing);
      expect(one).to.include({ cpuPercent: null, memoryMib: null });
      expect(judgeIdle([one])[0]?.verdict).to.equal("unknown");
      expect(judgeIdle([])[0]?.verdict).to.equal("unknown");
    });

    it("is within the aims only where agent, every exporter and the Collector were measured on each host", () => {
      const agent = idleOf(
        "host-a",
        "agent",
        countersOf(stats(from, 1e9, 1)),
        countersOf(stats(to, 1.3e9, 31 * 1024 * 1024)),
      );
      const all = ["agent", ...EXPORTER_NAMES, "collector"].map((container) => ({ ...agent, container }));
      const verdicts = (idle: typeof all): readonly string[] => judgeIdle(idle).map(({ verdict }) => verdict);
      expect(verdicts(all)).to.deep.equal(["met", "met"]);
      expect(missingText(all)).to.deep.equal([]);
      const without = all.filter(({ container }) => container !== "collector");
      expect(verdicts(without)).to.deep.equal(["unknown", "unknown"]);
      expect(missingText(without).join("\n")).to.contain("no aim is judged: collector");
      const other = all.map((one) => ({ ...one, host: "host-b" }));
      expect(verdicts([...other, ...without])).to.deep.equal(["unknown", "unknown"]);
      expect(verdicts([...other, ...all])).to.deep.equal(["met", "met"]);
    });

    it("has exporters and Collector only where the lab has images of them", () => {
      expect(hasImages("exporters", "redis: {}\n")).to.equal(false);
      expect(hasImages("exporters", "")).to.equal(false);
      expect(hasImages("exporters", EXPORTER_NAMES.map((name) => `${name}: {}`).join("\n"))).to.equal(true);
      expect(hasImages("logs", "redis: {}\n")).to.equal(false);
      expect(hasImages("logs", "collector: {}\n")).to.equal(true);
    });
  });

  describe("a wish that says nothing", () => {
    const lab = (file: string, more: Record<string, unknown> = {}, hosts: 1 | 2 = 2) => ({
      file,
      environment: sampleEnvironment(hosts, more),
    });
    const doors = lab("doors.yaml", { agent: {}, clients: {}, encryption: "required" });

    it("is refused: no doors, one host", () => {
      expect(wishProblem("clients", doors, undefined)).to.equal(undefined);
      expect(wishProblem("soak", lab("lab.yaml"), undefined)?.why).to.contain("lab.yaml has no section clients");
      expect(wishProblem("size", lab("one.yaml", {}, 1), undefined)?.why).to.contain("one host");
    });

    it("is refused: two labs of the same encryption, or the plain one measured", () => {
      const [plain, encrypted] = [lab("plain.yaml", { encryption: "plain" }), lab("lab.yaml")];
      expect(wishProblem("tls", encrypted, plain)).to.equal(undefined);
      expect(wishProblem("tls", plain, plain)?.why).to.contain("the same encryption, plain");
      expect(wishProblem("tls", plain, encrypted)?.why).to.contain(
        "lab.yaml is what the encrypted lab is compared with",
      );
    });

    it("is refused: the same agents in both, or another encryption as well", () => {
      expect(wishProblem("agents", doors, lab("lab.yaml", { encryption: "required" }))).to.equal(undefined);
      expect(wishProblem("agents", doors, doors)?.why).to.contain("has nothing of agent, exporters, logs and clients");
      expect(wishProblem("agents", doors, lab("lab.yaml", { encryption: "plain" }))?.why).to.contain(
        "not the agents alone",
      );
    });
  });
});
