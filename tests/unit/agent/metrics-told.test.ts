import { expect } from "chai";
import { exposition } from "../../../agent/exposition";
import { readyNow, toldMetrics } from "../../../agent/metrics-told";
import { parseTold, TOLD_DRILLS, type Told } from "../../../settings/told";

const NOW = 1_800_000_000;
const DRILL = {
  ...{ id: "d1", kind: "planned", verdict: "rejected", finishedAt: NOW - 60, durationSeconds: 5.5 },
  outageSeconds: { timescaledb: 0.1, redis: null },
};

function told(more: Partial<Told> = {}): Told {
  return {
    ...{ version: 1, environment: "lab", toldAt: NOW - 5, roles: { "host-a": "standby" }, drills: [DRILL] },
    readiness: { ready: true, rehearsedAt: NOW - 60, validUntil: NOW + 60 },
    ...more,
  };
}

function lines(all: Told | null, host = "host-a"): readonly string[] {
  const text = exposition(toldMetrics({ told: all }, { environment: "lab", host }, NOW * 1000));
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

describe("what a host is told", () => {
  it("is its declared role, the last drills with their outages, and whether the pair is ready", () => {
    expect(lines(told())).to.deep.equal([
      `understudy_told_timestamp_seconds ${NOW - 5}`,
      'understudy_store_declared_role{role="primary"} 0',
      'understudy_store_declared_role{role="standby"} 1',
      'understudy_failover_ready{environment="lab"} 1',
      `understudy_failover_ready_until_timestamp_seconds{environment="lab"} ${NOW + 60}`,
      `understudy_last_rehearsal_timestamp_seconds{environment="lab"} ${NOW - 60}`,
      'understudy_last_drill_info{drill="d1",kind="planned",verdict="rejected"} 1',
      "understudy_last_drill_accepted 0",
      `understudy_last_drill_finished_timestamp_seconds ${NOW - 60}`,
      "understudy_last_drill_duration_seconds 5.5",
      'understudy_drill_outage_seconds{store="timescaledb",drill="d1",kind="planned"} 0.1',
      'understudy_last_drill_outage_seconds{store="timescaledb"} 0.1',
    ]);
  });

  it("is nothing but not ready where nothing was told, and no role for a host that was not named", () => {
    expect(lines(null)).to.deep.equal(['understudy_failover_ready{environment="lab"} 0']);
    expect(lines(told(), "host-b").filter((line) => line.includes("declared_role"))).to.deep.equal([]);
  });

  it("is ready no longer than its rehearsal counts, and not by what is unknown or comes from the future", () => {
    const ready = (one: Told | null, now = NOW): boolean => readyNow({ told: one }, now * 1000);
    expect(ready(told())).to.equal(true);
    expect(ready(told(), NOW + 60)).to.equal(false);
    expect(ready(told({ readiness: null }))).to.equal(false);
    expect(ready(told({ readiness: { ready: false, rehearsedAt: 1, validUntil: NOW + 60 } }))).to.equal(false);
    expect(ready(told({ readiness: { ready: true, rehearsedAt: null, validUntil: null } }))).to.equal(false);
    expect(ready(told({ toldAt: NOW + 3600 }))).to.equal(false);
  });

  it("is read whole or not at all, and not of another environment", () => {
    expect(parseTold(JSON.stringify(told()), "lab")).to.deep.equal(told());
    expect(parseTold(JSON.stringify(told()), "other")).to.equal(null);
    for (const wrong of [
      ...[{ version: 2 }, { toldAt: "now" }, { roles: { a: "master" } }, { roles: null }, { drills: {} }],
      ...[{ drills: [{ ...DRILL, finishedAt: null }] }, { drills: [{ ...DRILL, outageSeconds: { redis: 1 } }] }],
      ...[{ drills: Array.from({ length: TOLD_DRILLS + 1 }, () => DRILL) }, { readiness: { ready: "yes" } }],
    ])
      expect(parseTold(JSON.stringify({ ...told(), ...wrong }), "lab"), JSON.stringify(wrong)).to.equal(null);
    for (const text of ["", "{", "null", "[]"]) expect(parseTold(text, "lab"), text).to.equal(null);
  });
});
