import { expect } from "chai";
import type { EvidenceDocument } from "../../../../evidence/document";
import { judgeAims, type JudgedAim } from "../../../../lab/bench/aims";
import { benchTable } from "../../../../lab/bench/bench-table";
import { summarize } from "../../../../lab/bench/series-summary";
import { swapLine } from "../../../../lab/bench/swap-line";
import { recordOf, recordWithoutEvidence, type SwapRecord } from "../../../../lab/bench/swap-record";
import { judge } from "../../../support/judge-evidence";
import { plannedEvidence } from "../../../support/valid-evidence";

function good(outages: Partial<SwapRecord["outageMs"]> = {}): SwapRecord {
  const document = plannedEvidence();
  const record = recordOf(document, judge(document));
  return { ...record, outageMs: { timescaledb: 100, redis: 20, ...outages } };
}

function failedDrill(): EvidenceDocument {
  const document = plannedEvidence();
  const demote = document.steps[2]!;
  demote.status = "failed";
  demote.failure = { reason: "did not stop", host: "host-a", next: "understudy status", undone: "back at work" };
  for (const step of document.steps.slice(3)) step.status = "skipped";
  return { ...document, success: false, failedStep: "demote-primary", probe: null };
}

function verdictsOf(records: readonly SwapRecord[], asked = records.length): Record<string, JudgedAim["verdict"]> {
  return Object.fromEntries(judgeAims(summarize(records, asked)).map(({ name, verdict }) => [name, verdict]));
}

describe("bench swap record", () => {
  it("keeps the figures of an accepted swap", () => {
    const document = plannedEvidence();
    const record = recordOf(document, judge(document));
    expect(record.failure).to.equal(null);
    expect(record.outageMs.timescaledb).to.equal(document.probe!.timescaledb.longestGapMs);
    expect(record.events.redis.lost).to.equal(0);
    expect(record.stepMs["demote-primary"]).to.equal(474.5);
    expect(record).to.include({ rewound: false, fullSyncs: 0, fromHost: "host-a", toHost: "host-b" });
  });

  it("names the step that failed and its reason, and leaves unknown what was not measured", () => {
    const document = failedDrill();
    const record = recordOf(document, judge(document));
    expect(record.failure).to.equal("demote-primary failed: did not stop");
    expect(record.outageMs).to.deep.equal({ timescaledb: null, redis: null });
    expect(record.stepMs).to.include({ "demote-primary": 474.5, "promote-standby": null });
  });

  it("counts a swap whose evidence the verifier refuses as failed", () => {
    const document = plannedEvidence();
    document.fences = [];
    expect(recordOf(document, judge(document)).failure).to.match(/^evidence refused by /);
  });

  it("says on one line what happened", () => {
    expect(swapLine(good())).to.equal("host-a -> host-b  PostgreSQL 100.0 ms  Redis 20.0 ms  lost 0");
    expect(swapLine(recordWithoutEvidence("x", "no answer"))).to.equal(
      "no evidence  PostgreSQL unknown  Redis unknown  lost unknown  FAILED: no answer",
    );
  });
});

describe("bench summary", () => {
  it("counts and names a failed swap, and keeps its unknown figures out of the percentiles", () => {
    const summary = summarize([good(), recordWithoutEvidence("drill-2", "no answer"), good({ redis: 30 })], 4);
    expect(summary).to.include({ asked: 4, swaps: 3, succeeded: 2 });
    expect(summary.failed).to.deep.equal([{ drillId: "drill-2", failure: "no answer" }]);
    expect(summary.outageMs.redis).to.deep.equal({ measured: 2, unknown: 1, p50: 20, p95: 30, max: 30 });
    expect(summary.events.timescaledb.lost).to.deep.equal({ sum: 0, unknown: 1 });
    expect(summary.rewinds).to.deep.equal({ sum: 0, unknown: 1 });
  });

  it("counts rewinds and full syncs", () => {
    const summary = summarize(
      [
        { ...good(), rewound: true },
        { ...good(), fullSyncs: 2 },
      ],
      2,
    );
    expect(summary.rewinds).to.deep.equal({ sum: 1, unknown: 0 });
    expect(summary.fullSyncs).to.deep.equal({ sum: 2, unknown: 0 });
  });
});

describe("bench aims", () => {
  it("are met by a good series", () => {
    expect(new Set(Object.values(verdictsOf([good(), good()])))).to.deep.equal(new Set(["met"]));
  });

  it("are met at the limit and not a hair above it", () => {
    expect(verdictsOf([good({ timescaledb: 250 })])).to.include({ "PostgreSQL outage p95": "met" });
    expect(verdictsOf([good({ timescaledb: 250.001 })])).to.include({ "PostgreSQL outage p95": "not met" });
    expect(verdictsOf([good({ redis: 50.001 })])).to.include({ "Redis outage p95": "not met" });
  });

  it("are unknown, never met, when a swap could not be measured", () => {
    const verdicts = verdictsOf([good(), recordWithoutEvidence("x", "no answer")]);
    expect(verdicts).to.include({
      "PostgreSQL outage p95": "unknown",
      "acknowledged events lost": "unknown",
      "Redis full syncs": "unknown",
      "switchovers that failed or were not run": "not met",
    });
  });

  it("are not met by one lost event, whatever is unknown beside it", () => {
    const lossy = good();
    const events = { ...lossy.events, redis: { ...lossy.events.redis, lost: 1 } };
    expect(verdictsOf([{ ...lossy, events }, recordWithoutEvidence("x", "no answer")])).to.include({
      "acknowledged events lost": "not met",
    });
  });

  it("are unknown without a single swap", () => {
    const verdicts = verdictsOf([], 4);
    expect(verdicts).to.include({
      "PostgreSQL outage p95": "unknown",
      "PostgreSQL rewinds": "unknown",
      "switchovers that failed or were not run": "not met",
    });
  });
});

describe("bench table", () => {
  it("shows the failed swap, the unknown figure and the verdict on every aim", () => {
    const swaps = [good(), recordWithoutEvidence("drill-2", "no answer")];
    const summary = summarize(swaps, 2);
    const text = benchTable({
      version: 1,
      startedAt: "2026-11-23T10:00:00.000Z",
      finishedAt: "2026-11-23T10:01:00.000Z",
      environment: "lab",
      machine: { cores: 2, processor: "a processor", memoryMib: 4096, kernel: "Linux 6", node: "v22" },
      standIns: ["grafana: a stand-in"],
      series: [
        {
          name: "load",
          load: { seconds: 60, pgbenchTransactions: 12000, redisBenchmarkRequests: 30000 },
          loadAverageBefore: 2.5,
          summary,
          aims: judgeAims(summary),
          swaps,
        },
      ],
      unplanned: [],
      backups: null,
    });
    expect(text).to.include("2 cores");
    expect(text).to.include("stand-in: grafana");
    expect(text).to.include("12000 transactions and 30000 requests in 60 s");
    expect(text).to.include("load average before it: 2.5, more than there are cores");
    expect(text).to.include("FAILED drill-2: no answer");
    expect(text).to.include("0 lost (unknown for 1)");
    expect(text).to.match(/PostgreSQL +1 +1 +100\.0 ms/);
    expect(text).to.match(/UNKNOWN +PostgreSQL outage p95: 100\.0 ms, aim at most 250\.0 ms/);
    expect(text).to.match(/NOT MET +switchovers that failed/);
  });
});
