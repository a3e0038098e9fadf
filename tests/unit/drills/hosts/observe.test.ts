import { expect } from "chai";
import { observePostgres, observeRedis } from "../../../../drills/hosts/observe";
import { observedRole } from "../../../../evidence/observed-role";
import type { PostgresSession } from "../../../../drills/hosts/postgres";
import { topologyOf } from "../topologies";

describe("the observed role of a host", () => {
  for (const [postgres, redis, role] of [
    ["primary", "primary", "primary"],
    ["standby", "standby", "standby"],
    ["primary", "standby", undefined],
    ["standby", "primary", undefined],
    ["no answer", "primary", undefined],
    ["standby", "no answer", undefined],
    ["no answer", "no answer", undefined],
  ] as const) {
    it(`is ${role ?? "unknown"} when PostgreSQL says ${postgres} and Redis says ${redis}`, () => {
      expect(observedRole(topologyOf({ "host-a": [postgres, redis] }), "host-a")).to.equal(role);
    });
  }

  it("is the asked host's own, and unknown for a host that was not read", () => {
    const topology = topologyOf({ "host-a": ["primary", "primary"], "host-b": ["standby", "standby"] });
    expect(observedRole(topology, "host-b")).to.equal("standby");
    expect(observedRole(topology, "host-c")).to.equal(undefined);
  });
});

describe("what a store says of itself", () => {
  it("is PostgreSQL's recovery state, with its identity as detail", async () => {
    const row = { recovery: true, system: "73", timeline: 4, version: "15.8", checksums: "on" };
    const session = (one: object): PostgresSession =>
      ({ query: () => Promise.resolve({ rows: [one] }) }) as unknown as PostgresSession;
    const detail = { systemIdentifier: "73", timeline: 4, version: "15.8", checksums: true };
    expect(await observePostgres(session(row))).to.deep.equal({ state: "observed", role: "standby", detail });
    expect(await observePostgres(session({ ...row, recovery: false, checksums: "off" }))).to.deep.equal({
      state: "observed",
      role: "primary",
      detail: { ...detail, checksums: false },
    });
  });

  it("is Redis's role, and on a standby whom it follows", async () => {
    const session = (info: string): Parameters<typeof observeRedis>[0] => ({
      command: () => Promise.resolve(info),
      close: () => undefined,
    });
    const primary = "redis_version:7.0\r\nrole:master\r\nmaster_replid:ab\r\nmaster_repl_offset:1\r\n";
    expect(await observeRedis(session(primary))).to.deep.equal({
      state: "observed",
      role: "primary",
      detail: { replicationId: "ab", version: "7.0", follows: null, linkUp: null },
    });
    const standby =
      "role:slave\r\nmaster_host:a\r\nmaster_port:6379\r\nmaster_link_status:down\r\nslave_repl_offset:1\r\n";
    expect(await observeRedis(session(standby))).to.have.deep.property("detail", {
      replicationId: "",
      version: "",
      follows: "a:6379",
      linkUp: false,
    });
  });
});
