import { expect } from "chai";
import { judgeHealth, judgePrimary, judgeReplica, lagBytes, parseBytes, storesAsked } from "../../../agent/judge";
import type { GuardSight, PostgresSight, Sight } from "../../../agent/sight";
import { FRESH_MS } from "../../../settings/agent-config";
import type { Role } from "../../../settings/pair";
import { STORE_NAMES } from "../../../settings/services";
import { guardSight, hostSight, peerSight, postgresSight, saidNow, SEEN_MS } from "../../support/agent-sight";

const NOW = SEEN_MS + 1000;

function withPostgres(role: Role, seen: Partial<PostgresSight>, guard: Partial<GuardSight> = {}): Sight {
  const timescaledb = { server: saidNow(postgresSight(role, seen)), guard: guardSight(role, guard) };
  return hostSight(role, { timescaledb });
}

const primary = (sight: Sight, nowMs = NOW): string => {
  const { status, reason } = judgePrimary(sight, "timescaledb", nowMs);
  return `${status} ${reason}`;
};
const replica = (sight: Sight, most: number | null = null): string => {
  const { status, reason } = judgeReplica(sight, "timescaledb", most, NOW);
  return `${status} ${reason}`;
};

describe("what a load balancer is answered", () => {
  for (const store of STORE_NAMES) {
    it(`is 200 for the primary and for the standby of ${store} alone`, () => {
      expect(judgePrimary(hostSight("primary"), store, NOW).status).to.equal(200);
      expect(judgePrimary(hostSight("standby"), store, NOW).status).to.equal(503);
      expect(judgeReplica(hostSight("standby"), store, null, NOW).status).to.equal(200);
      expect(judgeReplica(hostSight("primary"), store, null, NOW).status).to.equal(503);
    });
  }

  it("is no primary that is fenced, held, stopped by a drill, read-only, or that does not say whether it takes writes", () => {
    expect(primary(withPostgres("primary", {}, { fenced: true }))).to.equal("503 fenced");
    expect(primary(withPostgres("primary", {}, { state: "held" }))).to.equal("503 held");
    expect(primary(withPostgres("primary", {}, { state: null }))).to.equal("503 guard-unknown");
    expect(primary(withPostgres("primary", {}, { demoting: true }))).to.equal("503 demoting");
    expect(primary(withPostgres("primary", { writable: false }))).to.equal("503 read-only");
    expect(primary(withPostgres("primary", { writable: null }))).to.equal("503 unknown");
  });

  it("takes a promoted server for what it is, although its guard's word is of its start", () => {
    expect(primary(withPostgres("primary", {}, { state: "standby" }))).to.equal("200 primary");
  });

  it("is not known where guard or server were not seen, or not lately", () => {
    const well = hostSight("primary");
    expect(primary({ ...well, timescaledb: { ...well.timescaledb, guard: null } })).to.equal("503 guard-unknown");
    expect(primary({ ...well, timescaledb: { ...well.timescaledb, server: null } })).to.equal("503 unknown");
    expect(primary(well, SEEN_MS + FRESH_MS + 1)).to.equal("503 guard-unknown");
    for (const kind of ["silent", "refused"] as const) {
      const server = { kind, code: "57P03", atMs: SEEN_MS };
      expect(primary({ ...well, timescaledb: { ...well.timescaledb, server } })).to.equal(`503 ${kind}`);
    }
  });

  it("is no primary that the other host has overtaken, by the timeline; an older primary there changes nothing", () => {
    const other = (timeline: number): Sight => {
      const peer = peerSight("primary");
      const { timescaledb } = peer.stores;
      const stores = { ...peer.stores, ...(timescaledb && { timescaledb: { ...timescaledb, timeline } }) };
      return hostSight("primary", { peer: { ...peer, stores } });
    };
    expect(primary(other(4))).to.equal("503 overtaken");
    expect(primary(other(3))).to.equal("200 primary");
    expect(primary(other(2))).to.equal("200 primary");
  });

  it("is no replica that does not receive, and none too far behind; what is not known is not within a bound", () => {
    const behind = withPostgres("standby", { position: 900_000 });
    expect(replica(withPostgres("standby", { receives: false }))).to.equal("503 not-following");
    expect(replica(behind)).to.equal("200 standby");
    expect(replica(behind, 100_000)).to.equal("200 standby");
    expect(replica(behind, 99_999)).to.equal("503 lag");
    expect(replica({ ...behind, peer: null }, 100_000)).to.equal("503 lag-unknown");
    expect(replica(withPostgres("standby", { position: null }), 100_000)).to.equal("503 lag-unknown");
    expect(replica(withPostgres("standby", { history: "other" }), 100_000)).to.equal("503 lag-unknown");
  });

  it("knows a lag also while nothing is received", () => {
    const cut = withPostgres("standby", { position: 400_000, receives: false });
    expect(lagBytes(cut, "timescaledb", NOW)).to.equal(600_000);
    expect(lagBytes(withPostgres("standby", { timeline: 2 }), "timescaledb", NOW)).to.equal(null);
    expect(lagBytes(hostSight("primary"), "timescaledb", NOW)).to.equal(null);
  });

  it("is healthy where every store that is asked for says what it is", () => {
    expect(judgeHealth(hostSight("standby"), STORE_NAMES, NOW).status).to.equal(200);
    const held = withPostgres("standby", {}, { state: "held" });
    expect(judgeHealth(held, STORE_NAMES, NOW)).to.deep.equal({ status: 503, reason: "held" });
    expect(judgeHealth(held, ["redis"], NOW).status).to.equal(200);
  });
});

describe("the words of a question", () => {
  it("are bytes, as PostgreSQL writes amounts", () => {
    expect(["0", "16777216", "16MB", "10kB", "1GB", "5B"].map(parseBytes)).to.deep.equal([
      ...[0, 16_777_216, 16_777_216, 10_240, 1_073_741_824, 5],
    ]);
    for (const text of ["", "-1", "1.5MB", "16 MB", "16mb", "MB", "1e9"]) expect(parseBytes(text)).to.equal(undefined);
  });

  it("name a store, or none", () => {
    expect(storesAsked(null)).to.deep.equal(STORE_NAMES);
    expect(storesAsked("redis")).to.deep.equal(["redis"]);
    expect(storesAsked("loki")).to.equal(undefined);
  });
});
