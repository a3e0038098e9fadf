import { expect } from "chai";
import type { PairReading } from "../../../../drills/hosts/pair-reading";
import type { RedisIdentity } from "../../../../drills/hosts/redis";
import { firstFailure, precheckChecks, syncChecks } from "../../../../drills/hosts/swap-checks";
import { SERVICE_NAMES } from "../../../../settings/services";
import { sampleEnvironment } from "../../components/sample";
import { topologyOf } from "../topologies";

const ENVIRONMENT = sampleEnvironment(2, {
  objectives: {
    max_failover_seconds: 60,
    max_data_lag_events: 0,
    max_lag_events_before_swap: 100,
    max_replay_lag_bytes: 5000,
  },
});
const REQUEST = {
  drillId: "d-2",
  from: { name: "host-a", replication_address: "203.0.113.1" },
  to: { name: "host-b", replication_address: "203.0.113.2" },
};
const DETAIL = { systemIdentifier: "73", timeline: 4, version: "15.8", checksums: true };
const REDIS: RedisIdentity = {
  role: "primary",
  replicationId: "ab",
  offset: 10,
  version: "7.0",
  follows: null,
  replicas: [],
  fullSyncs: 0,
  partialSyncs: 0,
};

type Writable<T> = { -readonly [key in keyof T]: T[key] };

/** A pair that is fit to swap. */
function goodReading(): Writable<PairReading> {
  const containers = SERVICE_NAMES.map((service) => ({ service, healthy: true, detail: "running", image: "x" }));
  return {
    topology: topologyOf({ "host-a": ["primary", "primary"], "host-b": ["standby", "standby"] }, DETAIL),
    lag: {
      timescaledb: { events: 100, receiveBytes: 5000, replayBytes: 5000, replaySeconds: 0 },
      redis: { events: 100, bytes: 5000, linkUp: true },
    },
    streaming: { state: "streaming", receiveLagBytes: 0, replayLagBytes: 0, replayLagSeconds: 0 },
    redisFrom: REDIS,
    redisTo: { ...REDIS, role: "standby", follows: { host: "203.0.113.1", port: 16379, linkUp: true } },
    containers: { "host-a": containers, "host-b": containers },
    usedDrillIds: new Set(["d-1"]),
    reversePath: { timescaledb: { ok: true, detail: "73 4" }, redis: { ok: true, detail: "slave" } },
  };
}

/** The checks that do not hold, as `name on host: measured`. */
function failing(spoil: (reading: Writable<PairReading>) => void): readonly string[] {
  const reading = goodReading();
  spoil(reading);
  return precheckChecks(reading, REQUEST, ENVIRONMENT)
    .filter((check) => !check.ok)
    .map((check) => `${check.name} on ${check.host ?? "-"}: ${JSON.stringify(check.measured)}`);
}

function detail(host: 0 | 1, change: Readonly<Record<string, unknown>>) {
  return ({ topology }: PairReading): void => {
    const store = topology.hosts[host]!.timescaledb;
    if (store.state === "observed") Object.assign(store.detail, change);
  };
}

const follows = (change: object) => (reading: Writable<PairReading>) => {
  reading.redisTo = { ...reading.redisTo, follows: { ...reading.redisTo.follows!, ...change } };
};

describe("the checks before a swap", () => {
  it("all hold for a pair that is fit", () => {
    expect(failing(() => undefined)).to.deep.equal([]);
    expect(precheckChecks(goodReading(), REQUEST, ENVIRONMENT)).to.have.length(14 + 2 * SERVICE_NAMES.length);
  });

  const cases: [string, (reading: Writable<PairReading>) => void, string[]][] = [
    [
      "a drill id that either host knows",
      (one) => (one.usedDrillIds = new Set(["d-2"])),
      ["drill id is new on -: false"],
    ],
    [
      "roles the other way round",
      (one) =>
        (one.topology = topologyOf({ "host-a": ["standby", "primary"], "host-b": ["standby", "primary"] }, DETAIL)),
      ['timescaledb role on host-a: "standby"', 'redis role on host-b: "primary"'],
    ],
    [
      "a store that does not answer, with its reason",
      (one) =>
        (one.topology = topologyOf({ "host-a": ["primary", "no route"], "host-b": ["standby", "standby"] }, DETAIL)),
      ['redis role on host-a: "no route"'],
    ],
    ["another cluster on the standby", detail(1, { systemIdentifier: "74" }), ['system identifier on host-b: "74"']],
    ["another timeline on the standby", detail(1, { timeline: 3 }), ["timeline on host-b: 3"]],
    ["data without checksums", detail(0, { checksums: false }), ["data checksums on host-a: false"]],
    ["a standby that does not stream", (one) => (one.streaming = null), ["standby streams on host-b: null"]],
    [
      "a standby that catches up",
      (one) => (one.streaming = { ...one.streaming!, state: "catchup" }),
      ['standby streams on host-b: "catchup"'],
    ],
    ["a Redis link that is down", follows({ linkUp: false }), ["redis link up on host-b: false"]],
    [
      "a Redis that follows somebody else",
      follows({ host: "203.0.113.9" }),
      ['redis follows on host-b: "203.0.113.9:16379"'],
    ],
    ["a Redis that follows another port", follows({ port: 6379 }), ['redis follows on host-b: "203.0.113.1:6379"']],
    [
      "a Redis that follows nobody",
      (one) => (one.redisTo = { ...one.redisTo, follows: null }),
      ["redis link up on host-b: null", "redis follows on host-b: null"],
    ],
    [
      "another Redis history",
      (one) => (one.redisTo = { ...one.redisTo, replicationId: "cd" }),
      ['redis replication id on host-b: "cd"'],
    ],
    [
      "a way back of PostgreSQL that is closed, with its reason",
      (one) => (one.reversePath = { ...one.reversePath, timescaledb: { ok: false, detail: "no pg_hba.conf entry" } }),
      ['timescaledb reverse replication path on host-a: "no pg_hba.conf entry"'],
    ],
    [
      "a way back of Redis that is closed, with its reason",
      (one) => (one.reversePath = { ...one.reversePath, redis: { ok: false, detail: "WRONGPASS" } }),
      ['redis reverse replication path on host-a: "WRONGPASS"'],
    ],
    [
      "a container that is not healthy",
      (one) =>
        (one.containers = {
          ...one.containers,
          "host-b": [{ service: "loki", healthy: false, detail: "exited", image: null }],
        }),
      ['loki healthy on host-b: "exited"'],
    ],
  ];
  for (const [what, spoil, expected] of cases) {
    it(`refuse ${what}`, () => {
      expect(failing(spoil)).to.deep.equal(expected);
    });
  }

  it("never hold for what could not be read on either side: unknown is not equal to unknown", () => {
    const silent = { "host-a": ["gone", "gone"], "host-b": ["gone", "gone"] } as const;
    const failed = failing((one) => (one.topology = topologyOf(silent)));
    expect(failed).to.include.members([
      "system identifier on host-b: null",
      "timeline on host-b: null",
      "data checksums on host-a: null",
    ]);
    expect(failed).to.have.length(7);
  });

  it("do not take two empty identities for equal ones", () => {
    const failed = failing((one) => {
      for (const host of [0, 1] as const) detail(host, { systemIdentifier: null, timeline: null })(one);
    });
    expect(failed).to.deep.equal(["system identifier on host-b: null", "timeline on host-b: null"]);
  });
});

describe("a swap before the former primary is back", () => {
  it("is refused in words that name the host and what must be there first", () => {
    const reading = goodReading();
    reading.topology = topologyOf(
      { "host-a": ["primary", "primary"], "host-b": ["connect ECONNREFUSED 203.0.113.2:5432", "standby"] },
      DETAIL,
    );
    reading.streaming = null;
    expect(firstFailure(precheckChecks(reading, REQUEST, ENVIRONMENT))).to.deep.equal({
      host: "host-b",
      reason:
        "timescaledb role on host-b: connect ECONNREFUSED 203.0.113.2:5432, must be standby " +
        "(and 3 more: system identifier on host-b, timeline on host-b, standby streams on host-b)",
    });
  });

  it("is refused while it is a standby that does not stream yet", () => {
    const reading = goodReading();
    reading.streaming = null;
    expect(firstFailure(precheckChecks(reading, REQUEST, ENVIRONMENT))?.reason).to.equal(
      "standby streams on host-b: could not be read, must be streaming",
    );
  });
});

describe("the lag checks", () => {
  const LAG = goodReading().lag;

  function failingLag(timescaledb: object, redis: object): readonly string[] {
    const lag = { timescaledb: { ...LAG.timescaledb, ...timescaledb }, redis: { ...LAG.redis, ...redis } };
    return syncChecks({ lag, streaming: null }, "host-b", ENVIRONMENT)
      .filter((check) => !check.ok)
      .map((check) => {
        expect(check.host).to.equal("host-b");
        return check.name;
      });
  }

  it("hold up to the very limit", () => {
    expect(failingLag({}, {})).to.deep.equal([]);
  });

  for (const [name, timescaledb, redis] of [
    ["timescaledb receive lag, bytes", { receiveBytes: 5001 }, {}],
    ["timescaledb replay lag, bytes", { replayBytes: 5001 }, {}],
    ["timescaledb lag, events", { events: 101 }, {}],
    ["redis lag, bytes", {}, { bytes: 5001 }],
    ["redis lag, events", {}, { events: 101 }],
    ["redis link up", {}, { linkUp: false }],
    ["timescaledb receive lag, bytes", { receiveBytes: null }, {}],
    ["timescaledb replay lag, bytes", { replayBytes: null }, {}],
    ["timescaledb lag, events", { events: null }, {}],
    ["redis lag, bytes", {}, { bytes: null }],
    ["redis lag, events", {}, { events: null }],
    ["redis link up", {}, { linkUp: null }],
  ] as const) {
    it(`refuse ${JSON.stringify({ ...timescaledb, ...redis })} by "${name}" alone`, () => {
      expect(failingLag(timescaledb, redis)).to.deep.equal([name]);
    });
  }
});

describe("the first failure in words", () => {
  const check = { name: "lag", host: "host-b", measured: 9, limit: 5, ok: true };

  it("is none when every check holds", () => {
    expect(firstFailure([check, { ...check, host: null }])).to.equal(undefined);
    expect(firstFailure([])).to.equal(undefined);
  });

  it("names check, host, what was measured and the limit", () => {
    expect(firstFailure([check, { ...check, ok: false }])).to.deep.equal({
      host: "host-b",
      reason: "lag on host-b: 9, must be 5",
    });
  });

  it("names the one other that does not hold", () => {
    const two = [
      { ...check, ok: false },
      { ...check, ok: false, name: "role" },
    ];
    expect(firstFailure(two)?.reason).to.equal("lag on host-b: 9, must be 5 (and 1 more: role on host-b)");
  });

  it("says that something could not be read, and counts the others that do not hold", () => {
    const unread = { ...check, ok: false, measured: null, host: null };
    const others = [
      { ...check, ok: false, name: "role" },
      { ...unread, name: "id" },
    ];
    expect(firstFailure([unread, ...others])).to.deep.equal({
      host: null,
      reason: "lag: could not be read, must be 5 (and 2 more: role on host-b, id)",
    });
  });
});
