import { chmodSync, chownSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Client, type ClientConfig } from "pg";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { doorStatements } from "../../drills/bootstrap/door-account";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import type { ClientOrder } from "../../drills/clients/order";
import type { DrillRun } from "../../drills/engine/drill-run";
import type { StepRecorder } from "../../drills/engine/step-recorder";
import { pollUntil } from "../../drills/hosts/bounded";
import { doorsOf, type Doors } from "../../drills/hosts/doors";
import { doorSessions } from "../../drills/hosts/door-sessions";
import { ensureSlot, identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import { goOnAtOldPrimary, holdDoors, leadRedisToPromoted, leadToPromoted } from "../../drills/planned/hold-doors";
import { clientErrorsOf } from "../../evidence/client-figures";
import type { ClientLoad } from "../../evidence/client-loads";
import { makeAuthority } from "../../settings/certificates/issue";
import type { StackCertificates } from "../../settings/certificates/stored";
import { slotName } from "../../settings/names";
import { RealDoor, StandInAgent, type RealDoorHost } from "../support/real-door";
import { bundleFrom } from "../support/issued";
import { freePort } from "../support/free-port";
import { ReplicatingRedis } from "../support/replicating-redis";
import { StreamingPostgres } from "../support/streaming-postgres";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const PAIR = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 5 } });
/** The same with a bound that a transaction outlives soon. */
const BRIEF = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 0.5 } });
const PASSWORD = "the shop's own";
const HBA = [
  "hostssl understudy understudy_door all cert",
  "host all understudy_door all reject",
  "hostssl understudy shop all scram-sha-256",
  "host all all 127.0.0.1/32 trust",
  "host replication all 127.0.0.1/32 trust",
  "",
].join("\n");
const SILENCE_MS = 2000;

interface Side {
  readonly name: string;
  readonly postgres: StreamingPostgres;
  readonly redis: ReplicatingRedis;
  readonly redisTls: number;
  readonly agent: StandInAgent;
}

describe("doors of a real pair, encrypted, under the load of ordinary drivers", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  const sides: Side[] = [];
  const doors: RealDoor[] = [];
  let loads: RunningLoad[] = [];
  let drill: Doors | undefined;
  let bundle: StackCertificates;

  after(async () => {
    drill?.close();
    await Promise.all(loads.map((load) => load.abort()));
    await Promise.all(doors.map((door) => door.stop()));
    for (const { agent, redis } of sides) {
      agent.stop();
      redis.stop();
    }
    await Promise.all(sides.map(({ postgres }) => postgres.stop()));
  });

  before(async () => {
    const authority = await makeAuthority("sample", Date.now());
    const bundles = [
      await bundleFrom(PAIR, "host-a", authority, Date.now()),
      await bundleFrom(PAIR, "host-b", authority, Date.now()),
    ] as const;
    [bundle] = bundles;
    chmodSync(folder(), 0o755);
    let primary: StreamingPostgres | undefined;
    for (const [at, own] of bundles.entries()) {
      const name = at === 0 ? "host-a" : "host-b";
      const server = own.leaves["server"] ?? expect.fail("no certificate");
      const [ca, cert, key] = ["ca.pem", "server.pem", "server.key"].map((one) => path.join(folder(), `${name}-${one}`));
      if (ca === undefined || cert === undefined || key === undefined) return expect.fail("no files");
      writeFileSync(ca, own.trust.join(""));
      writeFileSync(cert, server.certificate);
      writeFileSync(key, server.key);
      const tls = ["ssl = on", `ssl_ca_file = '${ca}'`, `ssl_cert_file = '${cert}'`, `ssl_key_file = '${key}'`];
      const place = path.join(folder(), `pg-${name}`);
      const postgres: StreamingPostgres =
        primary === undefined
          ? await StreamingPostgres.primary(place)
          : await StreamingPostgres.standby(place, primary, slotName(name));
      const { uid, gid } = statSync(place);
      for (const one of [ca, cert, key]) chownSync(one, uid, gid);
      chmodSync(key, 0o600);
      if (primary === undefined) {
        for (const statement of [
          "create schema understudy",
          "create table understudy.events (written_at timestamptz not null default clock_timestamp(), run text not null, seq bigint not null)",
          ...doorStatements(),
          `create role shop login password '${scramVerifier(PASSWORD)}'`,
          "grant usage on schema understudy to shop",
          "grant select, insert on understudy.events to shop",
        ])
          await postgres.query(statement);
      }
      writeFileSync(path.join(place, "pg_hba.conf"), HBA);
      postgres.configure(...tls);
      await postgres.stop("SIGINT");
      await postgres.start();
      primary ??= postgres;
      const redisTls = await freePort();
      const redis = await ReplicatingRedis.start(
        ...([path.join(folder(), `redis-${name}`), "--repl-ping-replica-period", "3600"] as const),
        ...["--tls-port", String(redisTls), "--tls-ca-cert-file", ca, "--tls-auth-clients", "no"],
        ...["--tls-cert-file", cert, "--tls-key-file", key],
      );
      sides.push({ name, postgres, redis, redisTls, agent: await StandInAgent.start(at === 0) });
    }
    const [a, b] = sides;
    if (a === undefined || b === undefined) return expect.fail("no pair");
    await b.redis.follow(a.redis);
    const seen = ({ name, postgres, redisTls, agent }: Side): RealDoorHost => ({
      ...{ name, postgres: postgres.port, redisTls, agent: agent.address },
    });
    const times = { silenceMs: SILENCE_MS, toldMs: 2500 };
    doors.push(
      await RealDoor.start(path.join(folder(), "door-a"), seen(a), seen(b), bundles[0], times),
      await RealDoor.start(path.join(folder(), "door-b"), seen(b), seen(a), bundles[1], times),
    );
  });

  const pair = (): readonly [Side, Side] => [sides[0] ?? expect.fail("no pair"), sides[1] ?? expect.fail("no pair")];
  const opened = (): Doors => {
    const [first, second] = doors;
    return first && second ? doorsOf([first.open(), second.open()]) : expect.fail("no doors");
  };

  async function load(run: string): Promise<void> {
    const { certificate: cert, key } = bundle.leaves["understudy_door"] ?? expect.fail("no certificate");
    const common = { originNs: String(process.hrtime.bigint()), route: "door", clients: 3, intervalMs: 10 } as const;
    const tls = { ca: bundle.trust.join(""), cert, key };
    const orders = doors.flatMap(({ host, ports }): ClientOrder[] => [
      {
        ...{ ...common, tls, driver: "node-postgres", run: `${run}/${host}/pg`, user: "shop", password: PASSWORD },
        addresses: [{ host: "127.0.0.1", port: ports.postgres }],
      },
      {
        ...{ ...common, tls, driver: "redis-py", run: `${run}/${host}/redis`, user: "default", password: "", resend: true },
        addresses: [{ host: "127.0.0.1", port: ports.redis }],
      },
    ]);
    loads = (await Promise.all(orders.map((order) => startLoad(order)))).map((one) =>
      "reason" in one ? expect.fail(`${one.driver}: ${one.reason} ${doors[0]?.said ?? ""}`) : one,
    );
    await Promise.all(loads.map(({ ready }) => ready)).catch((error: unknown) =>
      expect.fail(`${String(error)} ${doors.map(({ said }) => said).join(" ")}`),
    );
  }

  async function counted(): Promise<readonly ClientLoad[]> {
    const ended = await Promise.all(loads.map((one) => one.finish()));
    loads = [];
    return ended;
  }

  const errors = (all: readonly ClientLoad[]): number => all.reduce((sum, one) => sum + clientErrorsOf(one), 0);
  const codes = (all: readonly ClientLoad[]): string => JSON.stringify(all.map((one) => [one.driver, one.codes]));
  const longest = (all: readonly ClientLoad[], store: string): number =>
    Math.max(
      ...all
        .filter((one) => one.store === store)
        .flatMap(({ samples }) => samples.endMs.map((end, at) => (end ?? 0) - (samples.startMs[at] ?? 0))),
    );

  const recorder = { mark: () => 0 } as unknown as StepRecorder;
  const runOf = async (from: Side, to: Side): Promise<DrillRun> =>
    ({
      ...{ doors: drill, environment: PAIR },
      from: { host: { name: from.name }, sql: await from.postgres.open() },
      to: { host: { name: to.name } },
    }) as unknown as DrillRun;

  /** As a drill does it, by hand: hold, stop, promote, lead, go on; Redis beside it. The agents hear of it a second later. */
  async function exchange(from: Side, to: Side): Promise<void> {
    const run = await runOf(from, to);
    const standby = await to.postgres.open();
    await ensureSlot(standby, slotName(from.name));
    await standby.end();
    await from.postgres.query("checkpoint");
    await holdDoors(run, recorder);
    await run.from.sql.end();
    await from.postgres.stop("SIGINT");
    const sql = await to.postgres.open();
    await sql.query("select pg_promote(false)");
    await pollUntil(
      () => identify(sql),
      (one) => !one.inRecovery,
      { deadlineMs: 20_000, pauseMs: 2 },
    );
    await sql.end();
    await leadToPromoted(run, recorder);
    await from.redis.session.command("CLIENT", "PAUSE", "10000", "WRITE");
    const { offset } = await identifyRedis(from.redis.session);
    await pollUntil(
      () => identifyRedis(to.redis.session),
      (one) => one.offset === offset,
      { deadlineMs: 5000, pauseMs: 1 },
    );
    await from.redis.session.command("REPLICAOF", "127.0.0.1", String(to.redis.port));
    await to.redis.session.command("REPLICAOF", "NO", "ONE");
    await leadRedisToPromoted(run, recorder);
    await from.redis.session.command("CLIENT", "UNPAUSE");
    await sleep(1000);
    from.agent.says(false);
    to.agent.says(true);
    from.postgres.follows(to.postgres, slotName(from.name));
    await from.postgres.start();
    await sleep(1000);
    await drill?.release();
  }

  it("lead through a switchover and back without a failed statement, and see no difference in the agents' lag", async () => {
    const [a, b] = pair();
    drill = opened();
    expect(await drill.leads()).to.deep.equal({
      "host-a": { timescaledb: ["host-a"], redis: ["host-a"] },
      "host-b": { timescaledb: ["host-a"], redis: ["host-a"] },
    });
    await load("there");
    await exchange(a, b);
    await sleep(1500);
    await exchange(b, a);
    await sleep(1500);
    const all = await counted();
    expect(errors(all), codes(all)).to.equal(0);
    console.log(
      `      ${String(all.reduce((sum, one) => sum + one.counts.sent, 0))} statements, longest PostgreSQL ${longest(all, "timescaledb").toFixed(0)} ms, Redis ${longest(all, "redis").toFixed(0)} ms`,
    );
  });

  it("let clients go on where they were when a step fails, and refuse a transaction that does not end in time", async () => {
    const [a, b] = pair();
    drill ??= opened();
    const run = await runOf(a, b);
    await load("back");
    await holdDoors(run, recorder);
    await sleep(300);
    expect(await goOnAtOldPrimary(run)).to.deep.equal([]);
    const busy = await inTransaction();
    await sleep(700);
    const { long, direct } = await doorSessions(run.from.sql, 0.5);
    expect([long.map(({ user }) => user), direct.map(({ user }) => user)]).to.deep.equal([["shop"], []]);
    const refused = await holdDoors({ ...run, environment: BRIEF }, recorder).then(
      () => "held",
      (error: unknown) => String((error as Error).message),
    );
    expect(refused).to.include("1 transactions of clients have not ended within 0.5 s");
    expect((await busy.query("select 1 as one")).rows).to.deep.equal([{ one: 1 }]);
    await busy.end();
    await run.from.sql.end();
    await sleep(500);
    const all = await counted();
    expect(errors(all), codes(all)).to.equal(0);
  });

  it("open by themselves when the drill dies", async () => {
    const [first, second] = doors;
    if (!first || !second) return expect.fail("no doors");
    await load("dead");
    const dying = [first.open(), second.open()];
    await Promise.all(dying.map(({ keeper }) => keeper.ask("pause 5000", 8000)));
    const began = performance.now();
    for (const { keeper } of dying) keeper.close();
    drill?.close();
    drill = undefined;
    const client = new Client(clientOf(first));
    await client.connect();
    await client.query("select 1");
    const tookMs = performance.now() - began;
    await client.end();
    expect(tookMs).to.be.within(SILENCE_MS - 600, SILENCE_MS + 4000);
    const all = await counted();
    expect(errors(all), codes(all)).to.equal(0);
  });

  it("are found out when they drop a connection", async () => {
    await load("dropped");
    await doors[0]?.haproxy("shutdown sessions server redis/own");
    await sleep(500);
    const all = await counted();
    expect(errors(all.filter(({ store }) => store === "redis"))).to.be.greaterThan(0);
    expect(errors(all.filter(({ store }) => store === "timescaledb"))).to.equal(0);
  });

  it("lead nowhere while both hosts say that they are primary, and to whom the agents name after a failover", async () => {
    const [a, b] = pair();
    const [first] = doors;
    if (!first) return expect.fail("no door");
    b.agent.says(true);
    await until(first, ["own", "peer"]);
    await a.postgres.stop("SIGQUIT");
    a.agent.says(false);
    b.agent.says(false);
    await until(first, []);
    await b.postgres.query("select pg_promote(true)");
    const began = performance.now();
    b.agent.says(true);
    const { reached } = await pollUntil(
      async () => {
        const client = new Client(clientOf(first));
        client.on("error", () => undefined);
        return client
          .connect()
          .then(() => client.query("insert into understudy.events (run, seq) values ('after', 1)"))
          .then(
            () => client.end().then(() => true),
            () => false,
          );
      },
      (done) => done,
      { deadlineMs: 10_000, pauseMs: 20 },
    );
    const tookMs = performance.now() - began;
    expect(reached).to.equal(true);
    console.log(`      ${tookMs.toFixed(0)} ms after the agent said so`);
    expect(tookMs).to.be.lessThan(5000);
  });

  async function until(door: RealDoor, sides: readonly string[]): Promise<void> {
    const { reading, reached } = await pollUntil(
      () => door.leads(),
      (leads) => leads["postgres"]?.join() === sides.join(),
      { deadlineMs: 10_000, pauseMs: 50 },
    );
    if (!reached) expect.fail(`the door leads to ${JSON.stringify(reading)}`);
  }

  function clientOf(door: RealDoor): ClientConfig {
    return {
      ...{ host: "127.0.0.1", port: door.ports.postgres, user: "shop", password: PASSWORD, database: "understudy" },
      ssl: { ca: bundle.trust.join(""), checkServerIdentity: () => undefined },
    };
  }

  async function inTransaction(): Promise<Client> {
    const [first] = doors;
    const client = new Client(clientOf(first ?? expect.fail("no door")));
    await client.connect();
    await client.query("begin");
    await client.query("select 1");
    return client;
  }
});
