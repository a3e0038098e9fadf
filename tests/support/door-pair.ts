import { chmodSync, chownSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import type { ClientConfig } from "pg";
import { doorStatements } from "../../drills/bootstrap/door-account";
import { scramVerifier } from "../../drills/bootstrap/scram";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import type { ClientOrder } from "../../drills/clients/order";
import type { DrillRun } from "../../drills/engine/drill-run";
import type { StepRecorder } from "../../drills/engine/step-recorder";
import { pollUntil } from "../../drills/hosts/bounded";
import { endClientSessions } from "../../drills/hosts/client-sessions";
import { doorsOf, type Doors } from "../../drills/hosts/doors";
import { ensureSlot, identify } from "../../drills/hosts/postgres";
import { identifyRedis } from "../../drills/hosts/redis";
import { holdDoors, holdNewcomers, leadRedisToPromoted, leadToPromoted } from "../../drills/planned/hold-doors";
import type { ClientLoad } from "../../evidence/client-loads";
import { makeAuthority } from "../../settings/certificates/issue";
import type { StackCertificates } from "../../settings/certificates/stored";
import { SILENCE_MS } from "../../settings/doors";
import { slotName } from "../../settings/names";
import { sampleEnvironment } from "../unit/components/sample";
import type { Beside } from "./door-beside";
import { freePort } from "./free-port";
import { bundleFrom } from "./issued";
import { RealDoor, StandInAgent, type PoolMode, type RealDoorHost } from "./real-door";
import { ReplicatingRedis } from "./replicating-redis";
import { StreamingPostgres } from "./streaming-postgres";

/** The pair's environment, with a bound that a busy machine keeps. */
export const DOORS_PAIR = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 5 } });
const PASSWORD = "the shop's own";
const HBA = [
  "hostssl understudy understudy_door all cert",
  "host all understudy_door all reject",
  "hostssl understudy shop all scram-sha-256",
  "host all all 127.0.0.1/32 trust",
  "host replication all 127.0.0.1/32 trust",
  "",
].join("\n");

/** One host of the pair. Its agent is a stand-in that says what it is told to. */
export interface DoorSide {
  readonly name: string;
  readonly postgres: StreamingPostgres;
  readonly redis: ReplicatingRedis;
  readonly redisTls: number;
  readonly agent: StandInAgent;
}

/** Marks nothing: a test sees what the clients saw. */
export const NO_RECORDER = { mark: () => 0 } as unknown as StepRecorder;

/** Two encrypted hosts on this machine, each with servers of its own and a door before them. */
export class DoorPair {
  readonly doors: RealDoor[] = [];
  readonly #sides: DoorSide[] = [];
  #loads: RunningLoad[] = [];
  #drill: Doors | undefined;
  #originNs = 0n;
  #bundle: StackCertificates | undefined;

  /**
   * @param poolModes how the poolers of the two doors lend their sessions
   * @param silenceMs after so long without a word the doors open by themselves; a drill says one every `BEAT_MS`
   */
  constructor(
    private readonly folder: string,
    private readonly poolModes: readonly [PoolMode, PoolMode] = ["transaction", "transaction"],
    private readonly silenceMs = SILENCE_MS,
  ) {}

  /** Makes it in the empty folder; the caller stops it whatever happens, even when it could not be made. */
  async start(): Promise<void> {
    const { folder } = this;
    const authority = await makeAuthority("sample", Date.now());
    const bundles = [
      await bundleFrom(DOORS_PAIR, "host-a", authority, Date.now()),
      await bundleFrom(DOORS_PAIR, "host-b", authority, Date.now()),
    ] as const;
    chmodSync(folder, 0o755);
    [this.#bundle] = bundles;
    let primary: StreamingPostgres | undefined;
    for (const [at, own] of bundles.entries()) {
      const name = at === 0 ? "host-a" : "host-b";
      const server = own.leaves["server"] ?? expect.fail("no certificate");
      const [ca, cert, key] = ["ca.pem", "server.pem", "server.key"].map((one) => path.join(folder, `${name}-${one}`));
      if (ca === undefined || cert === undefined || key === undefined) return expect.fail("no files");
      writeFileSync(ca, own.trust.join(""));
      writeFileSync(cert, server.certificate);
      writeFileSync(key, server.key);
      const tls = ["ssl = on", `ssl_ca_file = '${ca}'`, `ssl_cert_file = '${cert}'`, `ssl_key_file = '${key}'`];
      const place = path.join(folder, `pg-${name}`);
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
        ...([path.join(folder, `redis-${name}`), "--repl-ping-replica-period", "3600"] as const),
        ...["--tls-port", String(redisTls), "--tls-ca-cert-file", ca, "--tls-auth-clients", "no"],
        ...["--tls-cert-file", cert, "--tls-key-file", key],
      );
      this.#sides.push({ name, postgres, redis, redisTls, agent: await StandInAgent.start(at === 0) });
    }
    const [a, b] = this.#sides;
    if (a === undefined || b === undefined) return expect.fail("no pair");
    await b.redis.follow(a.redis);
    const seen = ({ name, postgres, redisTls, agent }: DoorSide): RealDoorHost => ({
      ...{ name, postgres: postgres.port, redisTls, agent: agent.address },
    });
    const times = { silenceMs: this.silenceMs, toldMs: 2500 };
    this.doors.push(
      await RealDoor.start(path.join(folder, "door-a"), seen(a), seen(b), bundles[0], times, this.poolModes[0]),
      await RealDoor.start(path.join(folder, "door-b"), seen(b), seen(a), bundles[1], times, this.poolModes[1]),
    );
  }

  get sides(): readonly [DoorSide, DoorSide] {
    const [a, b] = this.#sides;
    return a && b ? [a, b] : expect.fail("no pair");
  }

  /** A drill's way to both doors; opened when it is first asked for, and after it was closed. */
  get drill(): Doors {
    const [first, second] = this.doors;
    return (this.#drill ??= first && second ? doorsOf([first.open(), second.open()]) : expect.fail("no doors"));
  }

  closeDrill(): void {
    this.#drill?.close();
    this.#drill = undefined;
  }

  private get bundle(): StackCertificates {
    return this.#bundle ?? expect.fail("no certificates");
  }

  /**
   * Starts two ordinary drivers at each door, and waits until they are answered.
   * @param statementTimeoutMs after so long a client gives a statement up, milliseconds
   */
  async load(run: string, statementTimeoutMs = 5000): Promise<void> {
    const { certificate: cert, key } = this.bundle.leaves["understudy_door"] ?? expect.fail("no certificate");
    this.#originNs = process.hrtime.bigint();
    const how = { route: "door", clients: 3, intervalMs: 10, statementTimeoutMs } as const;
    const common = { originNs: String(this.#originNs), ...how };
    const tls = { ca: this.trust, cert, key };
    const orders = this.doors.flatMap(({ host, ports }): ClientOrder[] => [
      {
        ...{ ...common, tls, driver: "node-postgres", run: `${run}/${host}/pg`, user: "shop", password: PASSWORD },
        addresses: [{ host: "127.0.0.1", port: ports.postgres }],
      },
      {
        ...{
          ...common,
          tls,
          driver: "redis-py",
          run: `${run}/${host}/redis`,
          user: "default",
          password: "",
          resend: true,
        },
        addresses: [{ host: "127.0.0.1", port: ports.redis }],
      },
    ]);
    this.#loads = (await Promise.all(orders.map((order) => startLoad(order)))).map((one) =>
      "reason" in one ? expect.fail(`${one.driver}: ${one.reason} ${this.doors[0]?.said ?? ""}`) : one,
    );
    await Promise.all(this.#loads.map(({ ready }) => ready)).catch((error: unknown) =>
      expect.fail(`${String(error)} ${this.doors.map(({ said }) => said).join(" ")}`),
    );
  }

  /** Ends the load. */
  async counted(): Promise<readonly ClientLoad[]> {
    const ended = await Promise.all(this.#loads.map((one) => one.finish()));
    this.#loads = [];
    return ended;
  }

  async runOf(from: DoorSide, to: DoorSide, environment = DOORS_PAIR): Promise<DrillRun> {
    return {
      ...{ doors: this.drill, environment },
      from: { host: { name: from.name }, sql: await from.postgres.open() },
      to: { host: { name: to.name } },
    } as unknown as DrillRun;
  }

  /**
   * As a drill does it, by hand: hold, stop, promote, lead, go on; Redis after it. The agents hear of it a second later.
   * @returns how long PostgreSQL's clients were held
   */
  async exchange(from: DoorSide, to: DoorSide, beside: Beside = {}): Promise<{ readonly heldMs: number }> {
    const run = await this.runOf(from, to, beside.environment);
    const standby = await to.postgres.open();
    await ensureSlot(standby, slotName(from.name));
    await standby.end();
    await from.postgres.query("checkpoint");
    const began = performance.now();
    await Promise.all([
      holdDoors(run, NO_RECORDER),
      endClientSessions(run.from.sql, slotName(to.name), 2000, "past doors"),
      beside.whileHolding?.(),
    ]);
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
    await leadToPromoted(run, NO_RECORDER);
    const heldMs = performance.now() - began;
    await this.#exchangeRedis(run, from, to);
    await Promise.all([sleep(1000), beside.beforeAgents?.()]);
    from.agent.says(false);
    to.agent.says(true);
    from.postgres.follows(to.postgres, slotName(from.name));
    await from.postgres.start();
    await sleep(1000);
    await this.drill.release();
    return { heldMs };
  }

  /**
   * The same of Redis alone. @returns between when, on the loads' clock, a client can have waited for it: from the pause of
   * writes until half a second after they went on
   */
  async exchangeRedis(from: DoorSide, to: DoorSide): Promise<readonly [number, number]> {
    const run = await this.runOf(from, to);
    await run.from.sql.end();
    const began = this.now();
    await this.#exchangeRedis(run, from, to);
    const over = this.now() + 500;
    await sleep(1000);
    from.agent.primary.redis = false;
    to.agent.primary.redis = true;
    await sleep(1000);
    await this.drill.release();
    return [began, over];
  }

  /** Milliseconds on the loads' clock. */
  now(): number {
    return Number(process.hrtime.bigint() - this.#originNs) / 1e6;
  }

  async #exchangeRedis(run: DrillRun, from: DoorSide, to: DoorSide): Promise<void> {
    holdNewcomers(run, NO_RECORDER);
    await from.redis.session.command("CLIENT", "PAUSE", "10000", "WRITE");
    const { offset } = await identifyRedis(from.redis.session);
    await pollUntil(
      () => identifyRedis(to.redis.session),
      (one) => one.offset === offset,
      { deadlineMs: 5000, pauseMs: 1 },
    );
    await from.redis.session.command("REPLICAOF", "127.0.0.1", String(to.redis.port));
    await to.redis.session.command("REPLICAOF", "NO", "ONE");
    await leadRedisToPromoted(run, NO_RECORDER);
    await from.redis.session.command("CLIENT", "UNPAUSE");
  }

  /** How a client of the shop comes to PostgreSQL through a door. */
  clientOf(door: RealDoor): ClientConfig {
    return {
      ...{ host: "127.0.0.1", port: door.ports.postgres, user: "shop", password: PASSWORD, database: "understudy" },
      ssl: { ca: this.trust, checkServerIdentity: () => undefined },
    };
  }

  /** What a client needs to believe a door: the pair's CAs. */
  get trust(): string {
    return this.bundle.trust.join("");
  }

  async stop(): Promise<void> {
    this.closeDrill();
    await Promise.all(this.#loads.map((load) => load.abort()));
    await Promise.all(this.doors.map((door) => door.stop()));
    for (const { agent, redis } of this.#sides) {
      agent.stop();
      redis.stop();
    }
    await Promise.all(this.#sides.map(({ postgres }) => postgres.stop()));
  }
}
