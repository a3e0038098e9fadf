import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { expect } from "chai";
import { Agent } from "../../agent/agent";
import { agentServer } from "../../agent/server";
import { pollUntil } from "../../drills/hosts/bounded";
import { FRESH_MS, type AgentConfig } from "../../settings/agent-config";
import { EVENTS_TABLE } from "../../settings/names";
import { TOLD_FILE, type Told } from "../../settings/told";
import type { Role } from "../../settings/pair";
import { RIGHTS } from "../../settings/own-roles";
import { REDIS_RIGHTS } from "../../settings/own-redis-users";
import { freePort } from "../support/free-port";
import { RealPair } from "../support/real-pair";
import { noRedis } from "../support/replicating-redis";
import { HAS_POSTGRES } from "../support/trusting-postgres";
import { temporaryFolder } from "../support/temporary-folder";

const PASSWORD = "watching";

/** One host: its agent, the folders of its boot guards, and where it answers. */
class Watched {
  readonly agent: Agent;
  #server: Server | undefined;

  constructor(
    readonly name: string,
    private readonly folder: string,
    readonly port: number,
    { postgres, redis }: RealPair["primary"],
    peerPort: number,
  ) {
    mkdirSync(path.join(folder, "files"), { recursive: true });
    for (const file of ["postgres", "redis"]) writeFileSync(path.join(folder, "files", file), PASSWORD);
    const store = (at: number, guard: string): AgentConfig["stores"]["redis"] => ({
      ...{ address: "127.0.0.1", port: at, tlsPort: at, encrypts: false, guardFolder: path.join(folder, guard) },
    });
    this.agent = new Agent({
      environment: "sample",
      ...{ host: name, port, files: path.join(folder, "files"), lagObjectiveBytes: 1000 },
      sentinel: null,
      rolesFolder: null,
      stores: { timescaledb: store(postgres.port, "timescaledb"), redis: store(redis.port, "redis") },
      peer: { host: "other", url: `http://127.0.0.1:${peerPort}/peer` },
    });
  }

  /** Writes what a boot guard leaves. */
  guard(store: "timescaledb" | "redis", files: Readonly<Record<string, string>>): void {
    const at = path.join(this.folder, store);
    rmSync(at, { recursive: true, force: true });
    mkdirSync(at, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(at, name), text);
  }

  wellAs(role: Role): void {
    for (const store of ["timescaledb", "redis"] as const) this.guard(store, { status: `${role}\n` });
  }

  async start(): Promise<void> {
    this.#server = agentServer(this.agent);
    await new Promise<void>((resolve) => this.#server?.listen(this.port, "127.0.0.1", resolve));
    expect((this.#server.address() as AddressInfo).port).to.equal(this.port);
    void this.agent.run();
  }

  async ask(what: string, method = "GET"): Promise<{ status: number; text: string; reason?: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.port}${what}`, { method, headers: { connection: "close" } });
    const text = await answer.text();
    if (!text.startsWith("{")) return { status: answer.status, text };
    return { status: answer.status, text, reason: (JSON.parse(text) as { reason?: string }).reason ?? "" };
  }

  /** Asks until it is answered so. */
  async until(what: string, expected: string): Promise<void> {
    let last = "";
    await pollUntil(
      async () => {
        const { status, reason } = await this.ask(what);
        return (last = `${status} ${reason ?? ""}`);
      },
      (seen) => seen === expected,
      { deadlineMs: 40_000, pauseMs: 100 },
    );
    expect(last, `${this.name}${what}`).to.equal(expected);
  }

  /** The value of a sample, once it satisfies; fails with all samples of its name. */
  async value(sample: string, satisfies: (value: number) => boolean): Promise<number> {
    let text = "";
    let value = Number.NaN;
    await pollUntil(
      async () => {
        ({ text } = await this.ask("/metrics"));
        const line = text.split("\n").find((one) => one.startsWith(`${sample} `));
        return (value = line === undefined ? Number.NaN : Number(line.slice(sample.length + 1)));
      },
      (seen) => satisfies(seen),
      { deadlineMs: 40_000, pauseMs: 100 },
    );
    const of = text.split("\n").filter((line) => line.startsWith(sample.split("{")[0] ?? ""));
    expect(satisfies(value), `${sample}: ${of.join("; ")}`).to.equal(true);
    return value;
  }

  close(): void {
    this.agent.close();
    this.#server?.close();
    this.#server?.closeAllConnections();
  }
}

describe("the agents of a real pair", function () {
  this.timeout(180_000);
  this.slow(30_000);
  const folder = temporaryFolder();
  let pair: RealPair | undefined;
  let a: Watched;
  let b: Watched;

  before(async function () {
    if (!HAS_POSTGRES || noRedis() !== undefined) this.skip();
    const made = (pair = await RealPair.start(folder()));
    await made.primary.postgres.query("create schema understudy");
    await made.primary.postgres.query(
      `create table ${EVENTS_TABLE} (written_at timestamptz not null default clock_timestamp(), run text, seq bigint)`,
    );
    await made.primary.postgres.query(`create role understudy_agent login password '${PASSWORD}'`);
    for (const { role, grant } of RIGHTS)
      if (role === "understudy_agent") await made.primary.postgres.query(`grant ${grant} to ${role}`);
    const rules = REDIS_RIGHTS.filter(({ user }) => user === "understudy_agent").flatMap((right) => right.rules);
    for (const { redis } of [made.primary, made.standby])
      await redis.session.command("ACL", "SETUSER", "understudy_agent", "on", `>${PASSWORD}`, "-@all", ...rules);
    await made.caughtUp();
    const [first, second] = [await freePort(), await freePort()];
    a = new Watched("host-a", path.join(folder(), "a"), first, made.primary, second);
    b = new Watched("host-b", path.join(folder(), "b"), second, made.standby, first);
    a.wellAs("primary");
    b.wellAs("standby");
    await Promise.all([a.start(), b.start()]);
  });
  after(async () => {
    for (const one of [a, b] as (Watched | undefined)[]) one?.close();
    await pair?.stop();
  });

  const stores = (): RealPair => pair ?? expect.fail("no pair");

  it("know who is what, of both stores, and answer HEAD and OPTIONS as well", async () => {
    for (const store of ["timescaledb", "redis"]) {
      await a.until(`/primary?store=${store}`, "200 primary");
      await b.until(`/replica?store=${store}&lag=1MB`, "200 standby");
      await b.until(`/primary?store=${store}`, "503 standby");
      await a.until(`/replica?store=${store}`, "503 primary");
    }
    for (const method of ["HEAD", "OPTIONS"]) expect((await a.ask("/primary", method)).status, method).to.equal(200);
    expect((await a.ask("/primary", "POST")).status).to.equal(405);
    expect((await a.ask("/health")).status).to.equal(200);
    for (const wrong of ["/replica?lag=much", "/primary?store=loki"]) expect((await a.ask(wrong)).status).to.equal(400);
    expect((await a.ask("/config")).status).to.equal(404);
  });

  it("say so in metrics: roles, slot, checkpoint, log, clock offset, connections", async () => {
    await a.value('understudy_store_role{store="timescaledb",role="primary"}', (one) => one === 1);
    await a.value('understudy_slot_active{slot="understudy_host_b"}', (one) => one === 1);
    await a.value('understudy_slot_wal_status{slot="understudy_host_b",status="reserved"}', (one) => one === 1);
    await a.value("understudy_checkpoint_timestamp_seconds", (one) => one > Date.now() / 1000 - 600);
    await a.value("understudy_wal_bytes", (one) => one > 0);
    await a.value('understudy_store_connections_max{store="redis"}', (one) => one > 0);
    await b.value("understudy_peer_clock_offset_seconds", (one) => Math.abs(one) < 0.5);
    expect((await a.ask("/metrics")).text).to.not.include(PASSWORD);
  });

  it("see a drill's lock, and let it count as at work for a minute after", async () => {
    const sql = await stores().standby.postgres.open();
    await sql.query("select pg_advisory_lock(7340197)");
    const until = await b.value("understudy_drill_in_progress_until_timestamp_seconds", (one) => one > 0);
    expect(until - Date.now() / 1000).to.be.within(30, 61);
    await sql.end();
  });

  it("see a standby that lags: what it has not carried out, in bytes, and no replica within less", async () => {
    await stores().standby.postgres.query("select pg_wal_replay_pause()");
    await stores().primary.postgres.query("create table grown as select generate_series(1, 50000) as n");
    await b.value('understudy_replication_lag_bytes{store="timescaledb"}', (one) => one > 1_000_000);
    await b.until("/replica?lag=1MB", "503 lag");
    await b.until("/replica", "200 standby");
    await stores().standby.postgres.query("select pg_wal_replay_resume()");
    await b.until("/replica?lag=1MB", "200 standby");
  });

  it("count the events that the standby does not show, on the primary", async () => {
    const { standby, primary } = stores();
    const events = 'understudy_replication_lag_events{store="timescaledb"}';
    await a.value(events, (one) => one === 0);
    await standby.postgres.query("select pg_wal_replay_pause()");
    await primary.postgres.query(`insert into ${EVENTS_TABLE} (run, seq) select 'r', generate_series(1, 7)`);
    await a.value(events, (one) => one === 7);
    await standby.postgres.query("select pg_wal_replay_resume()");
    await a.value(events, (one) => one === 0);
    await primary.postgres.query(`revoke select on ${EVENTS_TABLE} from understudy_agent`);
    await a.value(events, Number.isNaN);
    await a.until("/primary", "200 primary");
    await primary.postgres.query(`grant select on ${EVENTS_TABLE} to understudy_agent`);
  });

  it("say what the operator's verbs told their host, until it is too old, and nothing of what is half written", async () => {
    const now = Date.now() / 1000;
    const drill = { id: "d1", kind: "planned", verdict: "accepted", finishedAt: now - 60, durationSeconds: 5 };
    const told: Told = {
      ...{ version: 1, environment: "sample", toldAt: now, roles: { "host-a": "primary", "host-b": "standby" } },
      drills: [{ ...drill, outageSeconds: { timescaledb: 0.12, redis: null } }],
      readiness: { ready: true, rehearsedAt: now - 60, validUntil: now + 6 },
    };
    const ready = 'understudy_failover_ready{environment="sample"}';
    const text = JSON.stringify(told);
    await a.value(ready, (one) => one === 0);
    a.guard("timescaledb", { status: "primary\n", [TOLD_FILE]: text });
    await a.value(ready, (one) => one === 1);
    await a.value('understudy_store_declared_role{role="primary"}', (one) => one === 1);
    await a.value(
      'understudy_drill_outage_seconds{store="timescaledb",drill="d1",kind="planned"}',
      (one) => one === 0.12,
    );
    expect((await a.ask("/metrics")).text).to.not.match(/drill_outage_seconds\{store="redis"/);
    await a.value(ready, (one) => one === 0);
    a.guard("timescaledb", { status: "primary\n", [TOLD_FILE]: text.slice(0, -5) });
    await a.value('understudy_store_declared_role{role="primary"}', Number.isNaN);
    a.wellAs("primary");
  });

  it("see a lag that grows also while nothing is received, and that nothing is", async () => {
    const { standby, primary } = stores();
    standby.postgres.configure("primary_conninfo = ''");
    await standby.postgres.query("select pg_reload_conf()");
    await b.until("/replica", "503 not-following");
    await primary.postgres.query("create table more as select generate_series(1, 50000) as n");
    await b.value('understudy_replication_lag_bytes{store="timescaledb"}', (one) => one > 1_000_000);
    await a.value('understudy_slot_active{slot="understudy_host_b"}', (one) => one === 0);
    await a.value('understudy_slot_retained_bytes{slot="understudy_host_b"}', (one) => one > 1_000_000);
  });

  it("take a fence and a held store for no primary at once, while the server still answers", async () => {
    a.guard("timescaledb", { status: "primary\n", fenced: "by hand 2026-11-30T00:00:00Z\n" });
    await a.until("/primary", "503 fenced");
    a.guard("redis", { status: 'held was primary, and host-b does not "answer"\n' });
    await a.until("/primary?store=redis", "503 held");
    await a.value('understudy_store_held{store="redis"}', (one) => one === 1);
    await a.until("/health", "503 fenced");
    a.wellAs("primary");
    await a.until("/primary", "200 primary");
  });

  it("know nothing where the guard's folder is gone", async () => {
    rmSync(path.join(folder(), "a", "redis"), { recursive: true });
    await a.until("/primary?store=redis", "503 guard-unknown");
    expect((await a.ask("/metrics")).text).to.not.match(/understudy_store_held\{store="redis"\}/);
    a.wellAs("primary");
  });

  it("tell a server that does not let them in from one that is silent", async () => {
    const { primary } = stores();
    await primary.redis.session.command("ACL", "SETUSER", "understudy_agent", "off");
    await primary.redis.session.command("CLIENT", "KILL", "USER", "understudy_agent");
    await a.until("/primary?store=redis", "503 refused");
    await a.value('understudy_store_answers{store="redis"}', (one) => one === 1);
    await primary.redis.session.command("ACL", "SETUSER", "understudy_agent", "on");
    await a.until("/primary?store=redis", "200 primary");
  });

  it("see a Redis that is frozen within seconds, and one that thaws", async () => {
    const { redis } = stores().primary;
    redis.signal("SIGSTOP");
    const began = Date.now();
    await a.until("/primary?store=redis", "503 silent");
    expect(Date.now() - began).to.be.lessThan(2 * FRESH_MS);
    redis.signal("SIGCONT");
    await a.until("/primary?store=redis", "200 primary");
  });

  it("see a server that was killed", async () => {
    await stores().primary.postgres.stop("SIGKILL");
    const began = Date.now();
    await a.until("/primary", "503 silent");
    expect(Date.now() - began).to.be.lessThan(FRESH_MS);
    await a.value('understudy_store_answers{store="timescaledb"}', (one) => one === 0);
    await a.value('understudy_store_role{store="timescaledb",role="primary"}', Number.isNaN);
    await stores().primary.postgres.start();
    await a.until("/primary", "200 primary");
  });

  it("yield to a newer primary: an older one that lives on answers no more as primary", async () => {
    await stores().standby.postgres.query("select pg_promote(true)");
    await b.until("/primary", "200 primary");
    await a.until("/primary", "503 overtaken");
    await a.value('understudy_store_primary_sure{store="timescaledb"}', (one) => one === 0);
    await a.value('understudy_store_role{store="timescaledb",role="primary"}', (one) => one === 1);
  });
});
