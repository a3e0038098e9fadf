import { readFileSync } from "node:fs";
import { expect } from "chai";
import { BY_HAND_RECORD, comparedByHand, type ByHandRecord } from "../support/by-hand-record";

/** What it may say is not held to an aim here: how fast it was is what was measured. */
describe("the recorded comparison with switchovers by hand", () => {
  const record = JSON.parse(readFileSync(BY_HAND_RECORD, "utf8")) as ByHandRecord;

  it("has as many of each kind, in turn, and none that lost anything", () => {
    const kinds = record.turns.map(({ kind }) => kind);
    const pairs = record.turns.length / (2 * record.block);
    const block = (kind: string): string[] => Array.from({ length: record.block }, () => kind);
    expect(kinds).to.deep.equal(Array.from({ length: pairs }, () => [...block("by hand"), ...block("product")]).flat());
    expect(record.turns.length).to.be.at.least(20);
    for (const { lost } of record.turns) expect(lost).to.deep.equal({ timescaledb: 0, redis: 0 });
  });

  it("says of them what they say", () => {
    const { stores, verifyMs, turns } = record;
    expect({ stores, verifyMs }).to.deep.equal(comparedByHand(turns));
  });
});
