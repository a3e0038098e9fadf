import { expect } from "chai";
import { parseFollowRecord, type FollowRecord, type NotedMoment } from "../../../../drills/hosts/follow-record-text";
import { promotionRefusal } from "../../../../drills/unplanned/read-following";
import { judgeFollowing, staleWords, type FollowFacts } from "../../../../drills/unplanned/stale-standby";
import type { StoreFollowing } from "../../../../evidence/document";
import type { DrillRequest } from "../../../../evidence/drill-request";

const NOW = Date.parse("2026-11-29T20:00:00.000Z");
const HOSTS = { fromHost: "host-a", toHost: "host-b" };

function ago(seconds: number): NotedMoment {
  return { at: new Date(NOW - seconds * 1000).toISOString(), ageSeconds: seconds };
}

type Ages = Partial<Record<"began" | "hasAll" | "alive" | "refused", number>>;

function record({ began = 90_000, ...ages }: Ages, reason = "silent"): FollowRecord {
  const moment = (seconds: number | undefined): NotedMoment | null => (seconds === undefined ? null : ago(seconds));
  return {
    ...{ role: "standby", reason, since: ago(0), turn: ago(0), began: ago(began) },
    ...{ hasAll: moment(ages.hasAll), alive: moment(ages.alive), refused: moment(ages.refused), refusedAs: null },
  };
}

function judged(facts: Partial<FollowFacts>, max = 3600): StoreFollowing {
  return judgeFollowing(
    { store: "timescaledb", record: null, heardSecondsAgo: null, acknowledgedSecondsAgo: null, ...facts },
    NOW,
    max,
  );
}

const CASES: readonly (readonly [what: string, facts: Partial<FollowFacts>, verdict: StoreFollowing["verdict"]])[] = [
  ["an idle pair whose primary has just gone", { record: record({ hasAll: 6, alive: 4 }) }, "bounded"],
  ["a power loss half an hour ago", { record: record({ hasAll: 1804, alive: 1802 }) }, "bounded"],
  ["writes every 5 ms up to the last moment", { record: record({ hasAll: 9, alive: 5 }) }, "bounded"],
  ["30 s between the two, no more", { record: record({ hasAll: 40, alive: 10 }) }, "bounded"],
  ["a primary seen alive for 14 minutes more", { record: record({ hasAll: 1767, alive: 926 }) }, "primary-lived-on"],
  ["31 s between the two", { record: record({ hasAll: 41, alive: 10 }) }, "primary-lived-on"],
  [
    "a probe that the primary answered when the standby heard nothing",
    { record: record({ hasAll: 300, alive: 298 }), acknowledgedSecondsAgo: 10 },
    "primary-lived-on",
  ],
  [
    "a probe that was acknowledged as long as the standby followed",
    { record: record({ hasAll: 12, alive: 10 }), acknowledgedSecondsAgo: 9 },
    "bounded",
  ],
  ["a primary that refused to be followed", { record: record({ hasAll: 20, refused: 6 }) }, "primary-refused"],
  ["one refusal in the last moment", { record: record({ hasAll: 8, alive: 5, refused: 5 }) }, "bounded"],
  ["silence for more than an hour", { record: record({ hasAll: 3601, alive: 3599 }) }, "unknown-too-long"],
  ["a record that never saw everything", { record: record({ began: 4000, alive: 10 }) }, "primary-lived-on"],
  ["a record that never saw anything", { record: record({ began: 4000 }) }, "no-bound"],
  ["a record that has just begun, by its link", { record: record({ began: 10 }), heardSecondsAgo: 3 }, "bounded"],
  ["no record, and a link heard of lately", { heardSecondsAgo: 20 }, "bounded"],
  ["no record, and a link heard of long ago", { heardSecondsAgo: 4000 }, "unknown-too-long"],
  ["no record, and nothing else", {}, "no-bound"],
];

describe("a standby that may lack writes", () => {
  for (const [what, facts, verdict] of CASES) {
    it(`is ${verdict} after ${what}`, () => expect(judged(facts).verdict).to.equal(verdict));
  }

  it("knows no bound where nobody noted one: null is never zero", () => {
    expect(judged({})).to.deep.include({ known: null, hasAllAt: null, aliveAt: null, upperBoundSeconds: null });
    expect(judged({ record: record({ hasAll: 9, alive: 5 }) })).to.deep.include({
      known: "record",
      upperBoundSeconds: 9,
      livedOnSeconds: 4,
    });
  });

  it("is told with the bound, in words", () => {
    const following = judged({ record: record({ hasAll: 2367, alive: 1526 }, "slot-missing") });
    expect(staleWords(following, HOSTS)).to.equal(
      "timescaledb: host-b has everything up to 2026-11-29T19:20:33Z; host-a was alive until 2026-11-29T19:34:34Z: up to 14 min of writes would be given up (the link: slot-missing)",
    );
  });
});

describe("the refusal of a stale standby", () => {
  const request: DrillRequest = {
    id: "d-1",
    mode: "execute",
    kind: "unplanned",
    nonce: "",
    environmentFile: "x.yaml",
    fromHost: "host-a",
    toHost: "host-b",
  };
  const stale = { stores: [judged({ record: record({ hasAll: 2367, alive: 1526 }) })] };
  const fine = { stores: [judged({ record: record({ hasAll: 9, alive: 5 }) })] };
  const words = { accept_loss: { reason: "only a test database", operator: "sam" } };

  it("names the next command with every word that is needed", () => {
    const refusal = promotionRefusal(undefined, stale, {
      ...request,
      accept_unfenced: { reason: "rack is off", operator: "sam" },
    });
    expect(refusal?.refused).to.equal(true);
    expect(refusal?.next).to.include(
      'understudy failover --unplanned --to host-b --execute --accept-loss "HOW YOU KNOW" --accept-unfenced "rack is off"',
    );
  });

  it("is there neither without staleness nor with the operator's words", () => {
    expect(promotionRefusal(undefined, fine, request)).to.equal(undefined);
    expect(promotionRefusal(undefined, stale, { ...request, ...words })).to.equal(undefined);
  });

  it("comes together with that of a primary that lives out of reach, and never instead of a planned drill", () => {
    const living = {
      reason: "host-a lives",
      next: "understudy failover --unplanned --fence-live-primary",
      refused: true,
    } as const;
    const both = promotionRefusal(living, stale, request);
    expect(both?.reason).to.match(/^host-a lives\. timescaledb: /);
    expect(both?.next).to.include('--accept-loss "HOW YOU KNOW" --fence-live-primary');
    const present = { reason: "host-a answers", next: "understudy failover --to host-b", refused: true } as const;
    expect(promotionRefusal(present, stale, request)).to.equal(present);
    expect(promotionRefusal(living, stale, { ...request, ...words })).to.equal(living);
  });
});

describe("the record of following, as it is read", () => {
  const text = (facts: Readonly<Record<string, string | number>>): string =>
    Object.entries({ now: 1000, now_up: 500, now_boot: "b", role: "standby", boot: "b", reason: "streaming", ...facts })
      .map(([key, value]) => `${key}=${value}`)
      .join("\n");

  it("counts ages by the uptime, which no step of the clock moves, and by the clock after a restart of the machine", () => {
    expect(parseFollowRecord(text({ has_all: 1, has_all_up: 490 }))?.hasAll?.ageSeconds).to.equal(10);
    expect(parseFollowRecord(text({ has_all: 940, has_all_up: 490, boot: "a" }))?.hasAll?.ageSeconds).to.equal(60);
  });

  it("takes nothing from a moment in the future, from none, and from no record", () => {
    expect(parseFollowRecord(text({ has_all: 2000, has_all_up: "" }))?.hasAll).to.equal(null);
    expect(parseFollowRecord(text({ has_all: "", has_all_up: "" }))?.hasAll).to.equal(null);
    expect(parseFollowRecord("now=1000\nnow_up=500\nnow_boot=b\n")).to.equal(null);
  });

  it("takes a sign of life from the future for one of just now: it must not hide that the primary lived on", () => {
    const record = parseFollowRecord(text({ alive: 2000, refused: 3000, began: 2000, turn: 2000 }));
    expect([record?.alive?.ageSeconds, record?.refused?.ageSeconds]).to.deep.equal([0, 0]);
    expect([record?.began, record?.turn]).to.deep.equal([null, null]);
    const lived = parseFollowRecord(text({ has_all: 700, has_all_up: "", alive: 2000 }));
    expect(judged({ record: lived }).verdict).to.equal("primary-lived-on");
  });
});
