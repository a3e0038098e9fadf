import { SimpleError } from "@redis/client";
import { expect } from "chai";
import { DatabaseError } from "pg";
import {
  closeStores,
  observePair,
  observePostgres,
  observeRedis,
  readStores,
  readTopology,
} from "../../../../drills/hosts/observe";
import { observedRole, storesDiffer } from "../../../../evidence/observed-role";
import type { PostgresSession } from "../../../../drills/hosts/postgres";
import type { RedisSession } from "../../../../drills/hosts/redis";
import type { NamedHost } from "../../../../settings/pair";
import { sampleEnvironment } from "../../components/sample";
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
      const topology = topologyOf({ "host-a": [postgres, redis] });
      expect(observedRole(topology, "host-a")).to.equal(role);
      const known = ![postgres, redis].some((said) => said === "no answer");
      expect(storesDiffer(topology, "host-a")).to.equal(known && role === undefined);
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

describe("both stores of a host", () => {
  const HOST = { name: "host-a" } as NamedHost;
  const never = new Promise<never>(() => undefined);
  const row = { recovery: false, system: "73", timeline: 4, version: "15.8", checksums: "on" };
  const info = "role:master\r\nmaster_repl_offset:1\r\n";
  let ended: string[];

  const sql = (answer: Promise<unknown> = Promise.resolve({ rows: [row] })): PostgresSession =>
    ({
      query: () => answer,
      end: () => Promise.resolve(void ended.push("sql")),
    }) as unknown as PostgresSession;
  const redis = (answer: Promise<unknown> = Promise.resolve(info)): RedisSession => ({
    command: () => answer,
    close: () => void ended.push("redis"),
  });
  const failed = (message: string, code?: string): Promise<never> =>
    Promise.reject(Object.assign(new Error(message), { code }));

  beforeEach(() => {
    ended = [];
  });

  it("are read over sessions that are open, which stay so until they are closed", async () => {
    const sessions = { host: HOST, sql: sql(), redis: redis() };
    const topology = await readTopology([sessions], { "host-a": "standby" });
    expect(observedRole(topology, "host-a")).to.equal("primary");
    expect(topology.hosts[0]?.declaredRole).to.equal("standby");
    const stores = await readStores(sessions);
    expect([stores.timescaledb.answer.kind, stores.redis.answer.kind]).to.deep.equal(["ready", "ready"]);
    expect(ended).to.deep.equal([]);
    closeStores(stores);
    expect(ended).to.deep.equal(["sql", "redis"]);
  });

  it("are read over sessions that are being opened, and the way to each is kept", async () => {
    const opened = redis();
    const stores = await readStores({ host: HOST, sql: Promise.resolve(sql()), redis: Promise.resolve(opened) });
    expect(stores.timescaledb.observed).to.include({ state: "observed", role: "primary" });
    expect(stores.redis.session).to.equal(opened);
  });

  it("are unknown with the reason, each by itself, when one is silent, and in no more than the given time", async () => {
    const stores = await readStores({ host: HOST, sql: sql(never), redis: redis() }, { withinMs: 20 });
    const reason = "host-a: PostgreSQL: no answer within 20 ms";
    expect(stores.timescaledb.observed).to.deep.equal({ state: "unknown", reason });
    expect(stores.timescaledb.answer).to.include({ kind: "not-ready", detail: reason });
    expect(stores.redis.observed).to.include({ state: "observed", role: "primary" });
    closeStores(stores);
    expect(ended).to.deep.equal(["sql", "redis"]);
  });

  it("leave no session behind that is opened after its time", async () => {
    let open: (session: PostgresSession) => void = () => undefined;
    const opening = new Promise<PostgresSession>((resolve) => (open = resolve));
    const stores = await readStores({ host: HOST, sql: opening, redis: failed("later", "ETIMEDOUT") }, { withinMs: 5 });
    expect(stores.timescaledb).to.deep.include({ session: null });
    expect(stores.timescaledb.answer).to.include({ kind: "silent", refused: false });
    open(sql());
    await new Promise((done) => setImmediate(done));
    expect(ended).to.deep.equal(["sql"]);
  });

  const said = (message: string, code: string): Promise<never> =>
    Promise.reject(Object.assign(new DatabaseError(message, 0, "error"), { severity: "FATAL", code }));
  for (const [what, opening, kind] of [
    ["nobody listens", () => failed("connect ECONNREFUSED", "ECONNREFUSED"), "silent"],
    ["nothing answers", () => failed("timeout expired"), "silent"],
    ["words that look like a server's come from none", () => failed("LOADING the driver"), "silent"],
    ["a certificate has expired", () => failed("certificate has expired", "CERT_HAS_EXPIRED"), "cannot-tell"],
    ["a server sends an alert", () => failed("alert", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA"), "cannot-tell"],
    ["this machine has no descriptor left", () => failed("too many open files", "EMFILE"), "cannot-tell"],
    ["a server starts", () => said("das Datenbanksystem startet", "57P03"), "not-ready"],
    ["a server has no connection left", () => said("tut mir leid, schon zu viele Verbindungen", "53300"), "not-ready"],
    ["a server loads its data", () => Promise.reject(new SimpleError("LOADING Redis is loading")), "not-ready"],
  ] as const) {
    it(`answer ${kind} where ${what}`, async () => {
      const { timescaledb, redis: second } = await readStores({ host: HOST, sql: opening(), redis: opening() });
      const loads = what === "a server loads its data";
      const read = loads ? second : timescaledb;
      expect(read.answer.kind).to.equal(kind);
      expect(read.observed.state).to.equal("unknown");
      expect(read.session).to.equal(null);
    });
  }

  it("are asked for what the reader wants to know of Redis beside its role", async () => {
    const stores = await readStores(
      { host: HOST, sql: sql(), redis: redis() },
      { askRedis: () => failed("LOADING Redis is loading the dataset in memory") },
    );
    expect(stores.redis.answer).to.include({ kind: "not-ready" });
    expect(stores.redis.observed.state).to.equal("unknown");
  });

  it("are unknown on a host on which nobody listens, and the pair's reading says why", async () => {
    const environment = { ...sampleEnvironment(2), ports: { ...sampleEnvironment(2).ports, postgres: 1, redis: 1 } };
    const host = { ...HOST, address: "127.0.0.1" };
    const credentials = { postgres: "p", redis: "r" } as Parameters<typeof observePair>[2];
    const { hosts } = await observePair([host], environment, credentials, { "host-a": "primary" });
    expect(hosts).to.have.length(1);
    expect(hosts[0]).to.include({ host: "host-a", declaredRole: "primary" });
    expect(hosts[0]?.timescaledb).to.have.property("reason").that.includes("ECONNREFUSED");
    expect(hosts[0]?.redis).to.have.property("reason").that.includes("ECONNREFUSED");
  });
});
