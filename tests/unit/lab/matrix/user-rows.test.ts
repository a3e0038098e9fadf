import { expect } from "chai";
import { replacedSince } from "../../../../lab/matrix/containers";
import { countUserRows, lostInSilence, toldOf, type Counted } from "../../../../lab/matrix/user-rows";
import type { EvidenceDocument } from "../../../../evidence/document";
import type { RejoinReport } from "../../../../drills/rejoin/report";
import { plannedEvidence, unplannedEvidence } from "../../../support/valid-evidence";

const ack = (number: number, endMs: number, accepted = true) => ({ number, startMs: endMs - 1, endMs, accepted });
const HAS_ALL_AT = "2026-11-30T10:00:00.000Z";
const at = (seconds: number): number => Date.parse(HAS_ALL_AT) + seconds * 1000;

/** An accepted failover that says how many of our events are lost, and up to when the standby had everything. */
function failover(lost: number, hasAllAt: string | null = HAS_ALL_AT): EvidenceDocument {
  const document = unplannedEvidence();
  const { probe, unplanned } = document;
  if (probe === null || unplanned === null) throw new Error("no probe in the valid document");
  const redis = { ...probe.redis, counts: { ...probe.redis.counts, lost } };
  const store = {
    ...({ store: "redis", known: "record", hasAllAt, aliveAt: null, livedOnSeconds: null } as const),
    ...({ upperBoundSeconds: null, reason: null, verdict: "bounded" } as const),
  };
  const following = { maxUnknownSeconds: 3600, stores: [store], accepted: null };
  return { ...document, probe: { ...probe, redis }, unplanned: { ...unplanned, following, probeSawFailure: true } };
}

describe("a user's rows that are missing after a cell", () => {
  const from: Counted = {
    attempts: { "host-a": [ack(1, 10), ack(2, 30), ack(3, 50, false)], "host-b": [ack(1, 70)] },
    read: () => Promise.resolve(new Set(["host-a 1", "host-b 1"])),
    zeroMs: at(0),
    document: null,
    rejoins: [],
  };

  it("are those that were acknowledged by either host and are not there", async () => {
    expect(await countUserRows("redis", from)).to.deep.equal({ acknowledged: 3, missing: 1, told: null });
    const all = { ...from, read: () => Promise.resolve(new Set(["host-a 1", "host-a 2", "host-b 1", "host-a 3"])) };
    expect(await countUserRows("redis", all)).to.deep.equal({ acknowledged: 3, missing: 0, told: null });
  });

  it("are unknown where there is no primary, or it cannot be read", async () => {
    const unknown = { acknowledged: 3, missing: null, told: null };
    expect(await countUserRows("redis", { ...from, read: undefined })).to.deep.equal(unknown);
    const dead = { ...from, read: () => Promise.reject(new Error("connect ECONNREFUSED")) };
    expect(await countUserRows("redis", dead)).to.deep.equal(unknown);
  });

  it("are lost in silence unless somebody says so, and unknown stays unknown", () => {
    expect(lostInSilence({ acknowledged: 9, missing: 2, told: null })).to.equal(2);
    expect(lostInSilence({ acknowledged: 9, missing: 2, told: "lost unknown" })).to.equal(0);
    expect(lostInSilence({ acknowledged: 9, missing: 0, told: null })).to.equal(0);
    expect(lostInSilence({ acknowledged: 9, missing: null, told: null })).to.equal(null);
  });

  it("are told of by evidence that says unknown, that counts a loss, or that says since when one may be", () => {
    const told = (document: EvidenceDocument | null, firstAtMs = at(1)): string | null =>
      toldOf("redis", firstAtMs, { document, rejoins: [] });
    expect(told(failover(2))).to.equal("2 of our events lost");
    expect(told(failover(0))).to.equal(`writes since ${HAS_ALL_AT} may be lost`);
    expect(told(failover(0), at(-1)), "a row from before that").to.equal(null);
    expect(told(failover(0, null)), "nothing bounds it").to.equal(null);
    const document = failover(0);
    const blind = { ...document, unplanned: { ...document.unplanned!, probeSawFailure: false } };
    expect(told(blind)).to.equal("lost unknown");
    const unpromoted = { ...blind, unplanned: { ...blind.unplanned, unprotectedSince: null } };
    expect(told(unpromoted), "nothing was promoted").to.equal(null);
    expect(told(plannedEvidence()), "a planned drill").to.equal(null);
    expect(told(null)).to.equal(null);
  });

  it("are told of by a return that says what the old primary had alone", () => {
    const content = { complete: true, transactions: 4, userTransactions: 3, relations: [] };
    const diverged = { timeline: 1, fromLsn: "0/1", toLsn: "0/2", content };
    const report = { timescaledb: { diverged }, redis: { keys: { missing: 5 } } } as unknown as RejoinReport;
    const told = (store: "timescaledb" | "redis", rejoins: readonly RejoinReport[]): string | null =>
      toldOf(store, at(1), { document: null, rejoins });
    expect(told("timescaledb", [report])).to.equal("the rejoin: 3 of 4 transactions are a user's");
    expect(told("redis", [report])).to.equal("the rejoin: 5 keys were on the old primary only");
    expect(told("redis", [])).to.equal(null);
  });
});

describe("containers that a drill replaced", () => {
  it("are there under another id; those that are gone or new are not among them", () => {
    const before = new Map([...Object.entries({ loki: "1", tempo: "2", redis: "3" })]);
    expect(replacedSince(before, new Map(Object.entries({ loki: "1", tempo: "9", grafana: "4" })))).to.deep.equal([
      "tempo",
    ]);
  });
});
