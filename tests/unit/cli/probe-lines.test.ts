import { expect } from "chai";
import { isNews, probeLine } from "../../../cli/probe";
import type { StandingDescription } from "../../../drills/probe/standing/protocol";

function seen(
  nowMs: number,
  acknowledged: number,
  last: { endpoint: string; atMs: number } | null,
): StandingDescription {
  const store = { acknowledged, last, problem: last === null ? "host-a: connect ECONNREFUSED" : "" };
  return {
    pid: 7,
    environment: "lab",
    run: "standing-1",
    originNs: "1",
    startedAt: "2026-11-24T10:00:00.000Z",
    endpoints: [],
    intervalMs: 5,
    nowMs,
    writesUntilMs: 3_600_000,
    finishWithinMs: 50_000,
    notReady: null,
    adoptedBy: null,
    stores: { timescaledb: store, redis: store },
  };
}

describe("the lines of a standing probe", () => {
  const before = seen(10_000, 2000, { endpoint: "host-a", atMs: 9999 });

  it("say what each store acknowledged in the second that has passed, and where", () => {
    expect(probeLine(before, seen(11_000, 2199, { endpoint: "host-a", atMs: 10_998 }))).to.equal(
      "11 s  timescaledb 199/s on host-a, 2199 in all  redis 199/s on host-a, 2199 in all",
    );
  });

  it("say for how long a store has acknowledged nothing, and why", () => {
    expect(probeLine(before, seen(12_500, 2000, { endpoint: "host-a", atMs: 9999 }))).to.contain(
      "timescaledb NOTHING ACKNOWLEDGED for 2.5 s  redis",
    );
    expect(probeLine(undefined, seen(3000, 0, null))).to.contain(
      "redis nothing acknowledged yet (host-a: connect ECONNREFUSED)",
    );
  });

  it("are news when a store falls silent, speaks again or elsewhere, and when the probe is adopted", () => {
    const going = seen(11_000, 2200, { endpoint: "host-a", atMs: 10_999 });
    const silent = seen(12_500, 2200, { endpoint: "host-a", atMs: 10_999 });
    const moved = seen(13_000, 2201, { endpoint: "host-b", atMs: 12_999 });
    const adopted = { ...moved, adoptedBy: "drill d-1" };
    expect([isNews(undefined, before), isNews(before, going), isNews(going, silent)]).to.deep.equal([
      true,
      false,
      true,
    ]);
    expect([isNews(silent, silent), isNews(silent, moved), isNews(moved, adopted)]).to.deep.equal([false, true, true]);
    expect(probeLine(moved, adopted)).to.match(/ {2}adopted by drill d-1$/);
  });
});
