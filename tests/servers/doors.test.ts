import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "node:tls";
import { expect } from "chai";
import { Client, DatabaseError } from "pg";
import { endClientSessions } from "../../drills/hosts/client-sessions";
import { HOLD_MS } from "../../settings/doors";
import { slotName } from "../../settings/names";
import { STORE_NAMES } from "../../settings/services";
import { DoorPair } from "../support/door-pair";
import { codesIn, errorsIn, longestIn } from "../support/load-figures";
import { temporaryFolder } from "../support/temporary-folder";

/** The certificate is for the host's name, not for an address. */
const ANY_NAME = { checkServerIdentity: () => undefined };

/** The other cases of it take longer: tests/extended/34-doors-on-loopback.test.ts. */
describe("doors of a real pair, encrypted, under the load of ordinary drivers", function () {
  this.timeout(120_000);
  const folder = temporaryFolder();
  let pair: DoorPair;

  before(async () => {
    pair = new DoorPair(folder());
    await pair.start();
  });
  after(() => pair.stop());

  it("lead through a switchover without a failed statement", async () => {
    const [a, b] = pair.sides;
    expect(await pair.drill.leads()).to.deep.equal({
      "host-a": { timescaledb: ["host-a"], redis: ["host-a"] },
      "host-b": { timescaledb: ["host-a"], redis: ["host-a"] },
    });
    await pair.load("there");
    await pair.exchange(a, b);
    const all = await pair.counted();
    expect(errorsIn(all), codesIn(all)).to.equal(0);
    for (const store of ["timescaledb", "redis"]) expect(longestIn(all, store), store).to.be.lessThan(15_000);
  });

  it("are led there and back before the agents know: nobody is turned away when those decide again", async () => {
    const [a, b] = pair.sides;
    // In the case before the roles were exchanged: host-b is primary, and stays it.
    const primary = b.name;
    for (const host of [a.name, primary]) for (const store of STORE_NAMES) await pair.drill.lead(store, host);
    await pair.drill.release();
    const seen = new Set<string>();
    const began = performance.now();
    while (performance.now() - began < 5000) {
      seen.add(JSON.stringify(await pair.drill.leads()));
      await sleep(50);
    }
    const everywhere = { timescaledb: [primary], redis: [primary] };
    expect([...seen]).to.deep.equal([JSON.stringify({ [a.name]: everywhere, [b.name]: everywhere })]);
  });

  it("let new connections wait when they are told to, until they lead, and for no longer than 3 s", async () => {
    const [first] = pair.doors;
    if (!first) return expect.fail("no door");
    const primary = pair.sides[1].name;
    const comeIn = async (): Promise<number> => {
      const began = performance.now();
      const socket = connect({ host: "127.0.0.1", port: first.ports.redis, ca: pair.trust, ...ANY_NAME });
      await once(socket, "secureConnect");
      socket.destroy();
      return performance.now() - began;
    };
    // One a second may still come in: who came just before has used that up.
    await comeIn();
    await pair.drill.hold();
    const waiting = [comeIn(), comeIn()];
    await sleep(700);
    await pair.drill.lead("redis", primary);
    for (const tookMs of await Promise.all(waiting)) expect(tookMs).to.be.within(650, 2500);
    await comeIn();
    await pair.drill.hold();
    const longest = Math.max(...(await Promise.all([comeIn(), comeIn(), comeIn(), comeIn(), comeIn(), comeIn()])));
    expect(longest).to.be.within(HOLD_MS - 600, HOLD_MS + 3000);
    await pair.drill.release();
  });

  it("keep their sessions when those that came past them are ended", async () => {
    const [{ name }, { postgres }] = pair.sides;
    const through = new Client(pair.clientOf(pair.doors[0] ?? expect.fail("no door")));
    const [past, drill] = [await postgres.open(), await postgres.open()];
    const ended = new Promise<unknown>((resolve) => past.on("error", resolve));
    try {
      await through.connect();
      await through.query("begin");
      const { told, left } = await endClientSessions(drill, slotName(name), 2000, "past doors");
      expect(told).to.be.greaterThan(0);
      expect(left).to.deep.equal([]);
      expect(await ended)
        .to.be.instanceOf(DatabaseError)
        .with.property("code", "57P01");
      expect((await through.query("select 1 as one")).rows).to.deep.equal([{ one: 1 }]);
    } finally {
      await Promise.all([through.end(), drill.end()]);
    }
  });
});
