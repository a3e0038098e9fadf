import { expect } from "chai";
import type { EvidenceDocument, ProbeStoreEvidence } from "../../../../evidence/document";
import { packFound } from "../../../../drills/probe/postgres-read-back";
import { drillsCount } from "../../../../lab/matrix/count-lost";
import { unplannedEvidence } from "../../../support/valid-evidence";

describe("lost events of a cell whose probe a drill has taken", () => {
  const events = {
    seq: [0, 1, 2],
    invokeMs: [0, 5, 10],
    endMs: [1, 6, 11],
    outcome: ["a", "a", "a"],
    endpoint: [0, 0, 0],
  };

  function withCounts(lost: number | null): EvidenceDocument {
    const document = unplannedEvidence();
    const store = (one: ProbeStoreEvidence): ProbeStoreEvidence => ({
      ...one,
      samples: events as ProbeStoreEvidence["samples"],
      counts: { ...one.counts, lost },
    });
    const { probe } = document;
    if (probe === null) throw new Error("no probe in the valid document");
    return {
      ...document,
      probe: { ...probe, timescaledb: store(probe.timescaledb), redis: store(probe.redis) },
    };
  }

  it("are those the drill counted, and nothing is read again", async () => {
    const never = (): Promise<never> => Promise.reject(new Error("read again"));
    expect(await drillsCount(withCounts(2), { timescaledb: never, redis: never })).to.deep.equal({
      timescaledb: 2,
      redis: 2,
    });
  });

  it("are counted from its samples when the drill could not read back", async () => {
    const reading = {
      timescaledb: () => Promise.resolve(packFound([0, 2])),
      redis: () => Promise.resolve(packFound([0, 1, 2])),
    };
    expect(await drillsCount(withCounts(null), reading)).to.deep.equal({ timescaledb: 1, redis: 0 });
  });

  it("stay unknown when nothing can be read now either, or there is no primary, or no evidence", async () => {
    const dead = (): Promise<never> => Promise.reject(new Error("connect ECONNREFUSED"));
    const unknown = { timescaledb: null, redis: null };
    expect(await drillsCount(withCounts(null), { timescaledb: dead, redis: dead })).to.deep.equal(unknown);
    expect(await drillsCount(withCounts(null), undefined)).to.deep.equal(unknown);
    expect(await drillsCount(null, undefined)).to.deep.equal(unknown);
  });
});
