import { expect } from "chai";
import { beganTimeline } from "../../../../drills/rejoin/preconditions";
import { changed } from "../../../../drills/rejoin/rejoin";
import type { JournalEntry } from "../../../../drills/hosts/journal";

const promoted = (newTimeline: number | null): JournalEntry => ({
  state: "done",
  at: "2026-11-24T03:00:00.000Z",
  result: { facts: { postgres: { newTimeline } } },
});

describe("the drill that a return answers", () => {
  it("is the one that began the primary's timeline, and no other", () => {
    expect(beganTimeline(promoted(4), 4)).to.equal(true);
    expect(beganTimeline(promoted(3), 4)).to.equal(false);
    expect(beganTimeline(promoted(null), 4)).to.equal(false);
  });

  it("is not one that only began, left no facts, or never was", () => {
    expect(beganTimeline({ state: "begun", at: "2026-11-24T03:00:00.000Z" }, 4)).to.equal(false);
    expect(beganTimeline({ state: "done", at: "2026-11-24T03:00:00.000Z", result: {} }, 4)).to.equal(false);
    expect(beganTimeline(undefined, 4)).to.equal(false);
  });
});

describe("whether a host came back", () => {
  const postgres = { why: "w", diverged: null, salvage: null };
  const redis = { sync: "unknown", keys: null, sample: null, salvage: null } as const;

  it("is no while both stores followed all the time, and yes when one did not", () => {
    const following = "already-following";
    expect(changed({ how: following, ...postgres }, { how: following, ...redis })).to.equal(false);
    expect(changed({ how: "cloned", ...postgres }, { how: following, ...redis })).to.equal(true);
    expect(changed({ how: following, ...postgres }, { how: "followed", ...redis })).to.equal(true);
    expect(changed(null, null)).to.equal(false);
  });
});
