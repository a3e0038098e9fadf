import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { DoorPair } from "../support/door-pair";
import { DriverLoad, FURTHER_DRIVERS, noDrivers, type DriverRecord, type FurtherDriver } from "../support/driver-load";
import { temporaryFolder } from "../support/temporary-folder";

/** Where the rows are written to, to record a run. */
const WRITE_TO = process.env["UNDERSTUDY_DOOR_DRIVERS"];
const NAMES = Object.keys(FURTHER_DRIVERS) as FurtherDriver[];
const CLIENTS = 2;
const INTERVAL_MS = 20;

/** One driver, with its own option or without. */
interface Row {
  readonly driver: FurtherDriver;
  readonly resend: boolean;
  readonly record: DriverRecord;
}

/** Needs the drivers of `toolchain/setup.sh --only drivers`; real servers, HAProxy and PgBouncer on loopback. */
describe("drivers' own options, under load through the doors, over a switchover and one back", function () {
  this.timeout(400_000);
  const folder = temporaryFolder();
  const loads: DriverLoad[] = [];
  const rows: Row[] = [];
  let pair: DoorPair | undefined;

  before(async function () {
    if (noDrivers() !== undefined) return this.skip();
    pair = new DoorPair(folder());
    await pair.start();
    const door = pair.doors[0] ?? expect.fail("no door");
    const ca = path.join(folder(), "trust.pem");
    writeFileSync(ca, pair.trust);
    for (const resend of [true, false]) {
      for (const driver of NAMES) {
        const isRedis = FURTHER_DRIVERS[driver].store === "redis";
        const { user = "", password = "" } = pair.clientOf(door);
        loads.push(
          await DriverLoad.start(driver, {
            ...{ host: "127.0.0.1", ca, run: `${driver}/${String(resend)}`, clients: CLIENTS, intervalMs: INTERVAL_MS },
            port: isRedis ? door.ports.redis : door.ports.postgres,
            user: isRedis ? "default" : user,
            password: isRedis ? "" : String(password),
            resend,
          }),
        );
      }
    }
    const [a, b] = pair.sides;
    const began = Date.now();
    await pair.exchange(a, b);
    await sleep(1500);
    await pair.exchange(b, a);
    await sleep(1500);
    for (const [at, load] of loads.entries())
      rows.push({ driver: load.driver, resend: at < NAMES.length, record: await load.finish() });
    for (const { driver, resend, record } of rows) {
      const longest = Math.max(0, ...record.slow.filter(([at, took]) => at + took >= began).map(([, took]) => took));
      const { version, sent, answered, failed, unknown, resent, codes } = record;
      console.log(
        `      ${version}${resend ? ", its option" : ""}: ${JSON.stringify({ sent, answered, failed, unknown, resent, codes, longestMs: Math.round(longest) })}`,
      );
      if (WRITE_TO !== undefined)
        writeFileSync(
          WRITE_TO,
          `${JSON.stringify({ driver, resend, version, sent, answered, failed, unknown, resent, codes, longestMs: Math.round(longest) })}\n`,
          { flag: "a" },
        );
    }
  });
  after(async () => {
    for (const load of loads) load.stop();
    await pair?.stop();
  });

  const rowOf = (driver: FurtherDriver, resend: boolean): DriverRecord =>
    rows.find((row) => row.driver === driver && row.resend === resend)?.record ?? expect.fail("it did not run");

  for (const driver of NAMES) {
    it(`${driver} with its own option sees no error`, async () => {
      const { failed, unknown, codes, answered, resent } = rowOf(driver, true);
      expect([failed, unknown], JSON.stringify(codes)).to.deep.equal([0, 0]);
      if (FURTHER_DRIVERS[driver].store === "redis") {
        expect(resent).to.be.greaterThan(0);
        const primary = pair?.sides[0].redis ?? expect.fail("no pair");
        const entries = (await primary.session.command("XRANGE", "understudy:events", "-", "+")) as [
          string,
          string[],
        ][];
        expect(entries.filter(([, fields]) => fields.includes(`${driver}/true`)).length).to.equal(answered);
      } else {
        const primary = pair?.sides[0].postgres ?? expect.fail("no pair");
        const text = `select count(*)::int as n from understudy.events where run = '${driver}/true'`;
        expect(await primary.query(text)).to.deep.equal([{ n: answered }]);
      }
    });

    it(`${driver} without it: what fails is counted`, () => {
      const { sent, answered, failed, unknown } = rowOf(driver, false);
      expect(answered + failed + unknown).to.equal(sent);
      if (FURTHER_DRIVERS[driver].store === "redis") expect(failed).to.be.greaterThan(0);
    });
  }
});
