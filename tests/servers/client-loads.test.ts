import { setTimeout as sleep } from "node:timers/promises";
import path from "node:path";
import { expect } from "chai";
import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import type { ClientOrder } from "../../drills/clients/order";
import { clientErrorsOf } from "../../evidence/client-figures";
import { clientLoadFaults } from "../../evidence/client-load-faults";
import { clientLoadSchema, type ClientLoad } from "../../evidence/client-loads";
import { CLIENT_DRIVERS, CLIENT_DRIVER_NAMES, type ClientDriverName } from "../../settings/client-drivers";
import { canRunPostgres } from "../support/real-postgres";
import { noRedis, ReplicatingRedis } from "../support/replicating-redis";
import { StreamingPostgres } from "../support/streaming-postgres";
import { TcpRelay } from "../support/tcp-relay";
import { temporaryFolder } from "../support/temporary-folder";

const MAKE_JOURNAL = [
  "create schema understudy",
  "create table understudy.events (written_at timestamptz not null default clock_timestamp(), run text not null, seq bigint not null)",
];

describe("the load of ordinary clients on real servers", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let postgres: StreamingPostgres | undefined;
  let redis: ReplicatingRedis | undefined;
  const relays: TcpRelay[] = [];

  before(async function () {
    if (!canRunPostgres() || noRedis() !== undefined) this.skip();
    postgres = await StreamingPostgres.primary(path.join(folder(), "primary"));
    for (const statement of MAKE_JOURNAL) await postgres.query(statement);
    redis = await ReplicatingRedis.start(path.join(folder(), "redis"));
  });
  after(async () => {
    for (const relay of relays) relay.close();
    redis?.stop();
    await postgres?.stop();
  });

  const serverPort = (driver: ClientDriverName): number =>
    (CLIENT_DRIVERS[driver].store === "redis" ? redis?.port : postgres?.port) ?? expect.fail("no server");

  async function relayTo(driver: ClientDriverName): Promise<TcpRelay> {
    const relay = await new TcpRelay(serverPort(driver)).listen();
    relays.push(relay);
    return relay;
  }

  async function started(
    driver: ClientDriverName,
    ports: readonly number[],
    more: Partial<ClientOrder> = {},
  ): Promise<RunningLoad> {
    const load = await startLoad({
      ...{ driver, run: `test/${driver}`, originNs: String(process.hrtime.bigint()), intervalMs: 10, clients: 3 },
      ...{ user: CLIENT_DRIVERS[driver].store === "redis" ? "default" : "postgres", password: "" },
      addresses: ports.map((port) => ({ host: "127.0.0.1", port })),
      ...more,
    });
    if ("reason" in load) return expect.fail(`${driver}: ${load.reason}`);
    await load.ready;
    return load;
  }

  /** How many statements of a load the server has. */
  async function written(driver: ClientDriverName): Promise<number> {
    if (CLIENT_DRIVERS[driver].store === "redis") {
      const entries = (await redis?.session.command("XRANGE", "understudy:events", "-", "+")) as [string, string[]][];
      return entries.filter(([, fields]) => fields.includes(`test/${driver}`)).length;
    }
    const rows = await postgres?.query<{ n: number }>(
      `select count(*)::int as n from understudy.events where run = 'test/${driver}'`,
    );
    return rows?.[0]?.n ?? expect.fail("no count");
  }

  function sound(load: ClientLoad): void {
    expect(clientLoadSchema.parse(load)).to.deep.equal(load);
    expect(clientLoadFaults(load)).to.deep.equal([]);
  }

  for (const driver of CLIENT_DRIVER_NAMES) {
    describe(driver, () => {
      it("sees no error where nothing is dropped, and what it counts as answered is there", async () => {
        const relay = await relayTo(driver);
        const load = await started(driver, [relay.port]);
        await sleep(500);
        const record = await load.finish();
        sound(record);
        expect(clientErrorsOf(record), JSON.stringify(record.codes)).to.equal(0);
        expect(record.counts.sent).to.equal(record.counts.answered).and.be.greaterThan(20);
        expect(await written(driver)).to.equal(record.counts.answered);
        expect(record.version).to.match(/^\d+\.\d+.* on (node|Python) \d/);
      });

      it("finds the one connection that a door drops, and counts the statement under way once", async () => {
        const relay = await relayTo(driver);
        const before = await written(driver);
        const load = await started(driver, [relay.port], { route: "door" });
        await relay.dropAfter(7);
        await sleep(300);
        const record = await load.finish();
        sound(record);
        expect(record.counts).to.include({ failed: 0, ended: 0, unknown: 1, resent: 0 });
        expect(Object.values(record.codes)).to.deep.equal([1]);
        // The server had carried it out: only its answer was lost. Sent twice, it would be there twice.
        expect(await written(driver)).to.equal(before + record.counts.answered + 1);
      });
    });
  }

  it("says why a driver could not be tried, and that a server that nobody reaches fails every statement", async () => {
    const relay = await relayTo("node-redis");
    const load = await started("node-redis", [relay.port], { run: "test/unreached" });
    relay.close();
    await sleep(200);
    const record = await load.finish();
    sound(record);
    expect(record.codes["ECONNREFUSED"]).to.equal(record.counts.failed).and.be.greaterThan(0);
    const silent = await startLoad({
      ...{ driver: "node-postgres", run: "x", originNs: "1", user: "postgres", password: "", readyWithinMs: 200 },
      addresses: [{ host: "127.0.0.1", port: relay.target }],
    });
    if ("reason" in silent) return expect.fail(silent.reason);
    const failure: unknown = await silent.ready.catch((error: unknown) => error);
    expect(String(failure)).to.include("4 of 4 clients were not answered");
    await silent.abort();
  });
});
