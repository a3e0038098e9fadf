import { expect } from "chai";
import {
  unplannedRecordOf,
  unplannedWithoutEvidence,
  type UnplannedRecord,
} from "../../../../../lab/bench/unplanned/unplanned-record";
import { judgeUnplanned, summarizeUnplanned } from "../../../../../lab/bench/unplanned/unplanned-summary";
import { unplannedLine, unplannedText } from "../../../../../lab/bench/unplanned/unplanned-text";
import { judge } from "../../../../support/judge-evidence";
import { unplannedEvidence } from "../../../../support/valid-evidence";

function record(recovery: Partial<UnplannedRecord["recoveryMs"]> = {}): UnplannedRecord {
  const document = unplannedEvidence();
  const one = unplannedRecordOf(document, "answers", judge(document));
  return { ...one, recoveryMs: { timescaledb: 900, redis: 800, ...recovery } };
}

const silentAims = (records: readonly UnplannedRecord[]): Record<string, string> =>
  Object.fromEntries(
    judgeUnplanned(summarizeUnplanned(records, records.length), "silent", 5000).map((one) => [one.name, one.verdict]),
  );

describe("bench of unplanned failovers", () => {
  it("keeps recovery, loss and fence of an accepted one, whose demotion may have failed", () => {
    const document = unplannedEvidence();
    const one = unplannedRecordOf(document, "silent", judge(document));
    expect(one).to.include({ failure: null, gone: "silent", fromHost: "host-a", toHost: "host-b" });
    expect(one.recoveryMs).to.deep.equal(document.unplanned!.recoveryMs);
    expect(one.lost.timescaledb).to.equal(document.probe!.timescaledb.counts.lost);
    expect(one.fences.redis).to.equal(document.fences.find(({ store }) => store === "redis")!.method);
  });

  it("counts one that did not bring the service back as failed, with the step", () => {
    const document = unplannedEvidence();
    const failed = { ...document, success: false, failedStep: "promote-standby" as const };
    expect(unplannedRecordOf(failed, "silent", judge(failed)).failure).to.match(/^promote-standby failed: /);
  });

  it("adds the bound of the signals to the aim only where the host was silent", () => {
    const records = [record({ timescaledb: 6400, redis: 6001 })];
    expect(silentAims(records)["PostgreSQL recovery p95"]).to.equal("met");
    expect(silentAims(records)["Redis recovery p95"]).to.equal("not met");
    const answers = judgeUnplanned(summarizeUnplanned([record({ timescaledb: 1501 })], 1), "answers", 5000);
    expect(answers.map(({ verdict }) => verdict)).to.deep.equal(["not met", "met", "met"]);
  });

  it("meets nothing with a figure that is unknown, nor with one that was not run", () => {
    expect(silentAims([record(), record({ redis: null })])["Redis recovery p95"]).to.equal("unknown");
    const short = judgeUnplanned(summarizeUnplanned([record()], 2), "answers", 5000);
    expect(short.at(-1)!.verdict).to.equal("not met");
  });

  it("says on one line what happened, and what is unknown", () => {
    expect(unplannedLine({ ...record(), lost: { timescaledb: 3, redis: 0 } })).to.equal(
      "host-a -> host-b  PostgreSQL 900.0 ms, lost 3  Redis 800.0 ms, lost 0",
    );
    expect(unplannedLine(unplannedWithoutEvidence("x", "silent", "no answer"))).to.equal(
      "no evidence  PostgreSQL unknown, lost unknown  Redis unknown, lost unknown  FAILED: no answer",
    );
  });

  it("shows losses with their spread, the bound of the signals, and every aim", () => {
    const lost = [0, 4, 1].map((timescaledb) => ({ ...record(), lost: { timescaledb, redis: 0 } }));
    const summary = summarizeUnplanned(lost, 3);
    const aims = judgeUnplanned(summary, "silent", 5000);
    const series = {
      name: "unplanned",
      gone: "silent",
      goneAfterMs: 5000,
      loadAverageBefore: 3,
      summary,
      aims,
      failovers: lost,
    } as const;
    const text = unplannedText(series, 2).join("\n");
    expect(text).to.include("PostgreSQL events: 5 lost; a failover p50 1, p95 4, max 4");
    expect(text).to.include("silence counts as gone after 5000.0 ms");
    expect(text).to.include("the machine was busy");
    expect(text).to.match(/MET +Redis recovery p95: 800\.0 ms, aim at most 6000\.0 ms/);
  });
});
