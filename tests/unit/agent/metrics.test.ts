import { expect } from "chai";
import { exposition } from "../../../agent/exposition";
import { metrics } from "../../../agent/metrics";
import type { Sight } from "../../../agent/sight";
import { FRESH_MS } from "../../../settings/agent-config";
import { followRecord, guardSight, hostSight, postgresSight, saidNow, SEEN_MS } from "../../support/agent-sight";

const CONFIG = {
  peer: { host: "host-b", url: "http://peer/" },
  lagObjectiveBytes: 16_777_216,
  environment: "lab",
  host: "host-a",
};

/** The samples as lines, without HELP and TYPE. */
function lines(sight: Sight, nowMs = SEEN_MS, config: Parameters<typeof metrics>[1] = CONFIG): readonly string[] {
  return exposition(metrics(sight, config, nowMs))
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

const NOTHING: Sight = {
  timescaledb: { server: null, guard: null },
  redis: { server: null, guard: null },
  ...{ peer: null, certificates: [], lastDrill: null, told: null, drillUntil: null },
};

describe("the agent's metrics", () => {
  it("say what is known of a host that is well", () => {
    const said = lines(hostSight("standby"));
    expect(said).to.include.members([
      'understudy_store_answers{store="timescaledb"} 1',
      'understudy_store_role{store="timescaledb",role="primary"} 0',
      'understudy_store_role{store="timescaledb",role="standby"} 1',
      'understudy_store_primary_sure{store="redis"} 0',
      'understudy_following{store="redis",role="standby"} 1',
      'understudy_replication_lag_bytes{store="timescaledb"} 0',
      'understudy_replication_lag_seconds{store="timescaledb",role="standby"} 2',
      `understudy_protected_since_timestamp_seconds{store="redis",role="standby"} ${SEEN_MS / 1000 - 3600}`,
      'understudy_pair_identity_info{store="timescaledb",identity="7300000000000000001"} 1',
      'understudy_pair_identity_info{store="redis",identity="a-word"} 1',
      "understudy_peer_clock_offset_seconds 0.004",
      "understudy_redis_memory_max_bytes 1000",
    ]);
    expect(said.filter((line) => line.startsWith("understudy_unprotected_since"))).to.deep.equal([]);
  });

  it("leave out what is not known: of a host of which nothing was seen, only what was declared", () => {
    expect(lines(NOTHING)).to.deep.equal([
      'understudy_store_primary_sure{store="timescaledb"} 0',
      'understudy_store_primary_sure{store="redis"} 0',
      "understudy_replication_lag_objective_bytes 16777216",
      "understudy_peer_declared 1",
      "understudy_peer_agent_answers 0",
      'understudy_failover_ready{environment="lab"} 0',
    ]);
  });

  it("know nothing any more that is too old", () => {
    expect(lines(hostSight("primary"), SEEN_MS + FRESH_MS + 1)).to.deep.equal(lines(NOTHING));
  });

  it("do not take a record that is not kept for one that says so still", () => {
    const old = followRecord("standby", { turn: { at: "2026-11-30T02:59:00.000Z", ageSeconds: 16 } });
    for (const record of [old, followRecord("standby", { turn: null }), null]) {
      const guard = guardSight("standby", { record });
      const said = lines(hostSight("standby", { redis: { server: null, guard } }));
      expect(said.filter((line) => /_following|_lag_seconds/.test(line) && line.includes("redis"))).to.deep.equal([]);
    }
  });

  it("say since when and why a store is not protected, and that it is held, with the guard's words as a label", () => {
    const record = followRecord("standby", { reason: "slot-lost" });
    const guard = guardSight("standby", { state: "held", reason: 'why "so"\\', record });
    const said = lines(hostSight("standby", { redis: { server: null, guard } }));
    expect(said).to.include.members([
      'understudy_following{store="redis",role="standby"} 0',
      'understudy_following_info{store="redis",role="standby",reason="slot-lost"} 1',
      `understudy_unprotected_since_timestamp_seconds{store="redis",role="standby"} ${SEEN_MS / 1000 - 3600}`,
      'understudy_store_held{store="redis"} 1',
      'understudy_store_held_info{store="redis",reason="why \\"so\\"\\\\"} 1',
    ]);
    expect(said.some((line) => line.startsWith('understudy_protected_since_timestamp_seconds{store="redis"'))).to.equal(
      false,
    );
  });

  it("say of each slot whether it is used, what it keeps and in which state its log is", () => {
    const slots = [{ name: "understudy_host_b", active: false, walStatus: "lost", safeBytes: null, retainedBytes: 7 }];
    const server = saidNow(postgresSight("primary", { slots }));
    const said = lines(hostSight("primary", { timescaledb: { server, guard: guardSight("primary") } }));
    expect(said.filter((line) => line.startsWith("understudy_slot"))).to.deep.equal([
      'understudy_slot_active{slot="understudy_host_b"} 0',
      'understudy_slot_wal_status{slot="understudy_host_b",status="reserved"} 0',
      'understudy_slot_wal_status{slot="understudy_host_b",status="extended"} 0',
      'understudy_slot_wal_status{slot="understudy_host_b",status="unreserved"} 0',
      'understudy_slot_wal_status{slot="understudy_host_b",status="lost"} 1',
      'understudy_slot_retained_bytes{slot="understudy_host_b"} 7',
    ]);
  });

  it("tell a server that refuses from one that is silent", () => {
    const refused = { kind: "refused", code: "28P01", atMs: SEEN_MS } as const;
    const said = lines(hostSight("primary", { timescaledb: { server: refused, guard: guardSight("primary") } }));
    expect(said).to.include.members([
      'understudy_store_answers{store="timescaledb"} 1',
      'understudy_store_refused_info{store="timescaledb",code="28P01"} 1',
    ]);
    expect(said.filter((line) => line.startsWith('understudy_store_role{store="timescaledb"'))).to.deep.equal([]);
  });

  it("say nothing of following on a host that stands alone", () => {
    const said = lines(hostSight("primary"), SEEN_MS, { ...CONFIG, peer: null });
    expect(said.filter((line) => /following|peer_agent/.test(line))).to.deep.equal([]);
    expect(said).to.include("understudy_peer_declared 0");
  });
});
