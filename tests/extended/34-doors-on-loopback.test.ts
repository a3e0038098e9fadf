import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Client } from "pg";
import { pollUntil } from "../../drills/hosts/bounded";
import { doorSessions } from "../../drills/hosts/door-sessions";
import { goOnAtOldPrimary, holdDoors } from "../../drills/planned/hold-doors";
import { BEAT_MS } from "../../settings/doors";
import { DoorPair, NO_RECORDER } from "../support/door-pair";
import { codesIn, errorsIn, longestBetween, longestIn } from "../support/load-figures";
import type { RealDoor } from "../support/real-door";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

/** The same pair with a bound that a transaction outlives soon. */
const BRIEF = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 0.5 } });

/** Sooner than the product's, so that a test need not wait; a drill's words are never so far apart. */
const SILENCE_MS = 2 * BEAT_MS + 1000;

/** An even number: the roles are as before afterwards. */
const EXCHANGES = 6;

/** Needs no lab: real servers, HAProxy and PgBouncer on loopback. It is here because it takes about a minute. */
describe("doors on loopback, encrypted, under the load of ordinary drivers", function () {
  this.timeout(180_000);
  const folder = temporaryFolder();
  let pair: DoorPair;

  before(async () => {
    pair = new DoorPair(folder(), undefined, SILENCE_MS);
    await pair.start();
  });
  after(() => pair.stop());

  async function timed(work: () => Promise<{ readonly heldMs: number }>): Promise<string> {
    return `held for ${(await work()).heldMs.toFixed(0)} ms`;
  }

  it("lead through a switchover and back without a failed statement", async () => {
    const [a, b] = pair.sides;
    await pair.load("there");
    const there = await timed(() => pair.exchange(a, b));
    await sleep(1500);
    const back = await timed(() => pair.exchange(b, a));
    await sleep(1500);
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
    const sent = all.reduce((sum, one) => sum + one.counts.sent, 0);
    const longest = ["timescaledb", "redis"]
      .map((store) => `${store} ${longestIn(all, store).toFixed(0)} ms`)
      .join(", ");
    console.log(`      ${String(sent)} statements, longest ${longest}; ${there}, ${back}`);
  });

  it("make Redis' clients wait for no longer than it takes to connect anew", async () => {
    let [from, to] = pair.sides;
    await pair.load("redis");
    const windows: (readonly [number, number])[] = [];
    for (let exchange = 0; exchange < EXCHANGES; exchange += 1) {
      windows.push(await pair.exchangeRedis(from, to));
      [from, to] = [to, from];
    }
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
    const waits = windows.map((window) => longestBetween(all, "redis", window)).sort((a, b) => a - b);
    console.log(`      longest in each exchange of Redis: ${waits.map((one) => one.toFixed(0)).join(", ")} ms`);
    // Half of them, because another program of the same machine may take the processor in any one of them.
    expect(waits[EXCHANGES / 2 - 1]).to.be.lessThan(250);
  });

  it("let clients go on where they were when a step fails, and refuse a transaction that does not end in time", async () => {
    const [a, b] = pair.sides;
    const run = await pair.runOf(a, b);
    await pair.load("back");
    await holdDoors(run, NO_RECORDER);
    await sleep(300);
    expect(await goOnAtOldPrimary(run)).to.deep.equal([]);
    const busy = await inTransaction();
    await sleep(700);
    const { long, direct } = await doorSessions(run.from.sql, 0.5);
    expect([long.map(({ user }) => user), direct.map(({ user }) => user)]).to.deep.equal([["shop"], []]);
    const refused = await holdDoors({ ...run, environment: BRIEF }, NO_RECORDER).then(
      () => "held",
      (error: unknown) => (error as Error).message,
    );
    expect(refused).to.include("1 transactions of clients have not ended within 0.5 s");
    expect((await busy.query("select 1 as one")).rows).to.deep.equal([{ one: 1 }]);
    await busy.end();
    await run.from.sql.end();
    await sleep(500);
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
  });

  it("open by themselves when the drill dies", async () => {
    const [first, second] = pair.doors;
    if (!first || !second) return expect.fail("no doors");
    // Clients that wait for longer than a door may be held by a drill that is dead.
    await pair.load("dead", SILENCE_MS + 5000);
    const dying = [first.open(), second.open()];
    await Promise.all(dying.map(({ keeper }) => keeper.ask("pause 5000", 8000)));
    const began = performance.now();
    for (const { keeper } of dying) keeper.close();
    pair.closeDrill();
    const client = new Client(pair.clientOf(first));
    await client.connect();
    await client.query("select 1");
    const tookMs = performance.now() - began;
    console.log(`      ${tookMs.toFixed(0)} ms after its last word, with ${String(SILENCE_MS)} ms of silence`);
    await client.end();
    expect(tookMs).to.be.within(SILENCE_MS - 600, SILENCE_MS + 4000);
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
  });

  it("are found out when they drop a connection", async () => {
    await pair.load("dropped");
    await pair.doors[0]?.haproxy("shutdown sessions server redis/own");
    await sleep(500);
    const all = await pair.counted();
    expect(errorsIn(all.filter(({ store }) => store === "redis"))).to.be.greaterThan(0);
    expect(errorsIn(all.filter(({ store }) => store === "timescaledb"))).to.equal(0);
  });

  it("lead nowhere while both hosts say that they are primary, and to whom the agents name after a failover", async () => {
    const [a, b] = pair.sides;
    const [first] = pair.doors;
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
        const client = new Client(pair.clientOf(first));
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

  async function inTransaction(): Promise<Client> {
    const [first] = pair.doors;
    const client = new Client(pair.clientOf(first ?? expect.fail("no door")));
    await client.connect();
    await client.query("begin");
    await client.query("select 1");
    return client;
  }
});
