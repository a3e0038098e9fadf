import { expect } from "chai";
import type { FollowRecord, NotedMoment } from "../../../../drills/hosts/follow-record-text";
import { followingFinding } from "../../../../operator/doctor/following-findings";
import { unprotectedWords } from "../../../../operator/health/following";

const moment = (ageSeconds: number): NotedMoment => ({ at: "2026-11-29T19:20:33.000Z", ageSeconds });

function record(reason: string, since: number, turn = 1): FollowRecord {
  return {
    ...{ role: "standby", reason, since: moment(since), turn: moment(turn) },
    ...{ began: moment(9000), hasAll: moment(2), alive: moment(2), refused: null, refusedAs: null },
  };
}

describe("a store that is not protected", () => {
  it("says since when and why, once that is no exchange of the roles", () => {
    const words = "unprotected since 2026-11-29T19:20:33Z: slot-missing";
    expect(unprotectedWords(record("slot-missing", 10))).to.equal(words);
    expect(unprotectedWords(record("slot-missing", 9))).to.equal(undefined);
    expect(followingFinding("host-b", "timescaledb", record("slot-missing", 40))).to.include({
      state: "problem",
      detail: words,
    });
  });

  it("is not one that streams, and one whose record is not kept is told", () => {
    expect(unprotectedWords(record("streaming", 900))).to.equal(undefined);
    expect(unprotectedWords(record("streaming", 900, 61))).to.match(/not recorded any more since/);
    expect(followingFinding("host-b", "redis", record("streaming", 900))?.state).to.equal("good");
  });

  it("is told where the last turn of its record is in the future, and where since when it is", () => {
    expect(unprotectedWords({ ...record("streaming", 900), turn: null })).to.equal(
      "whether it is protected is not recorded any more since an unknown moment",
    );
    expect(unprotectedWords({ ...record("silent", 900), since: null })).to.equal(
      "unprotected since an unknown moment: silent",
    );
  });

  it("without a record is unknown, and never good; where nobody could be asked nothing is said", () => {
    expect(followingFinding("host-b", "redis", null)).to.include({ state: "unknown", fix: "understudy up" });
    expect(followingFinding("host-b", "redis", undefined)).to.equal(undefined);
    expect(unprotectedWords(null)).to.equal(undefined);
  });
});
