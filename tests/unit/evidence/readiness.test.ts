import { expect } from "chai";
import type { Basis } from "../../../evidence/basis";
import { judgeReadiness, type PastRehearsal, type Readiness, type ReadinessFacts } from "../../../evidence/readiness";
import { readinessText } from "../../../cli/readiness-text";
import { readinessMetrics } from "../../../operator/health/readiness-metrics";

const BASIS: Basis = {
  program: "0.1.0",
  environmentFileSha256: "a".repeat(64),
  settingsSha256: "b".repeat(64),
  keysSha256: "c".repeat(64),
  images: { redis: "redis:7", timescaledb: "timescaledb:15" },
};

const PASSED: PastRehearsal = {
  id: "d1",
  evidence: "docs/results/failover_result.env",
  finishedAt: "2026-11-01T04:00:09.000Z",
  accepted: true,
  sentence: "host-b took over",
  basis: BASIS,
};

function judge(facts: Partial<ReadinessFacts> = {}): Readiness {
  return judgeReadiness({
    ...{ rehearsals: [PASSED], unreadable: [], basis: BASIS, everyDays: 30, now: new Date("2026-11-20T00:00:00.000Z") },
    ...facts,
  });
}

describe("readiness that expires", () => {
  it("is there while the last accepted drill is young enough and was of what is declared now", () => {
    expect(judge()).to.deep.equal({
      ready: true,
      reasons: [],
      rehearsal: { id: "d1", evidence: PASSED.evidence, finishedAt: PASSED.finishedAt },
      validUntil: "2026-12-01T04:00:09.000Z",
    });
    expect(readinessText(judge())).to.match(/^READY\n {2}rehearsed d1, .*good until 2026-12-01/);
  });

  it("ends to the second when the drill is too old", () => {
    expect(judge({ now: new Date("2026-12-01T04:00:08.999Z") }).ready).to.equal(true);
    const old = judge({ now: new Date("2026-12-01T04:00:09.000Z") });
    expect(old.reasons).to.deep.equal(["the last accepted drill is older than 30 days: 2026-11-01T04:00:09.000Z"]);
    expect(readinessText(old)).to.match(/^NOT VERIFIED\n {2}why {7}the last accepted drill is older/);
  });

  it("names what is another one than was rehearsed", () => {
    const changed: readonly (readonly [Partial<Basis>, string])[] = [
      [{ program: "0.2.0" }, "Understudy was 0.1.0 and is 0.2.0"],
      [{ images: { ...BASIS.images, redis: "redis:8" } }, "the image of redis was redis:7 and is redis:8"],
      [{ images: { ...BASIS.images, backup: "backup:1" } }, "the image of backup was none and is backup:1"],
      [{ environmentFileSha256: "d".repeat(64) }, "the environment file has changed since"],
      [{ settingsSha256: "d".repeat(64) }, "settings in the stacks' config have changed since"],
      [{ keysSha256: "d".repeat(64) }, "keys, passwords or certificates in the stacks' config have changed since"],
    ];
    for (const [other, words] of changed) {
      const found = judge({ basis: { ...BASIS, ...other } });
      expect([found.ready, found.reasons], words).to.deep.equal([false, [words]]);
    }
  });

  it("is not there where the evidence does not say what was rehearsed, as that of before", () => {
    expect(judge({ rehearsals: [{ ...PASSED, basis: undefined }] }).reasons).to.deep.equal([
      "the evidence does not say what was rehearsed",
    ]);
  });

  it("is not there without a drill, after one that was not accepted, or while newer evidence cannot be read", () => {
    expect(judge({ rehearsals: [] })).to.deep.equal({
      ...{ ready: false, reasons: ["no accepted drill is known"], rehearsal: null, validUntil: null },
    });
    const failed = { ...PASSED, id: "d2", accepted: false, sentence: "The drill failed at verify." };
    expect(judge({ rehearsals: [failed, PASSED] })).to.deep.include({
      ...{ ready: false, reasons: ["drill d2 was not accepted: The drill failed at verify."] },
    });
    expect(judge({ rehearsals: [PASSED, failed] }).ready).to.equal(true);
    expect(judge({ unreadable: ["the evidence x.env cannot be read: cut off"] }).ready).to.equal(false);
  });

  it("is not there where a clock is wrong", () => {
    const found = judge({ now: new Date("2026-10-01T00:00:00.000Z") });
    expect([found.ready, found.reasons.length]).to.deep.equal([false, 1]);
    expect(found.reasons[0]).to.include("a clock is wrong");
  });

  it("is a metric: 1, 0 and, where it cannot be read, 0 too; times only where there are any", () => {
    expect(readinessMetrics('p"1', judge())).to.include('understudy_failover_ready{environment="p\\"1"} 1\n');
    expect(readinessMetrics("p", judge())).to.include(
      'understudy_last_rehearsal_timestamp_seconds{environment="p"} 1793505609\n',
    );
    const unknown = readinessMetrics("p", undefined);
    expect(unknown).to.include('understudy_failover_ready{environment="p"} 0\n');
    expect(unknown).not.to.match(/^understudy_last_rehearsal/m);
  });
});
