import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Client } from "pg";
import { holdDoors } from "../../drills/planned/hold-doors";
import { DOOR_FEATURES_RECORD, doorFeaturesOf, type DoorFeature } from "../../toolchain/pages/door-features-page";
import { DoorPair, NO_RECORDER } from "../support/door-pair";
import { RunningCase, type SeenFate } from "../support/door-features";
import { RedisFeatures } from "../support/door-features-redis";
import { RespConnection } from "../support/resp-connection";
import { temporaryFolder } from "../support/temporary-folder";
import { sampleEnvironment } from "../unit/components/sample";

const ROOT = path.resolve(__dirname, "../..");
const RECORD = path.join(ROOT, DOOR_FEATURES_RECORD);
/** Where what was seen is written to, as a record: to record a run, and nothing is compared then. */
const WRITE_TO = process.env["UNDERSTUDY_DOOR_FEATURES"];
/** A session-mode client never lets go of its session: it is ended. */
const ENDING = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 1, long_transactions: "end" } });
/** What lasts ends when the lock is given up. */
const LOCK = 90;
const UNTIL_UNLOCKED = `pg_advisory_xact_lock_shared(${String(LOCK)})`;
/** What lasts ends only when it is ended. */
const FOR_LONG = "pg_sleep(600)";
const REFUSING = sampleEnvironment(2, { agent: {}, clients: { bound_seconds: 1 } });

/** A door that hears its agents late on a busy machine leads nowhere meanwhile: it is asked again. */
async function opened(port: number, ca: string): Promise<RespConnection> {
  for (let again = 50; ; again -= 1) {
    try {
      return await RespConnection.open(port, ca);
    } catch (error) {
      if (again === 0) throw error;
      await sleep(100);
    }
  }
}

/** Real servers, HAProxy and PgBouncer on loopback: what becomes of what clients have under way at the doors. */
describe("what clients have under way at the doors in a switchover, on loopback", function () {
  this.timeout(300_000);
  const folder = temporaryFolder();
  const recorded = doorFeaturesOf(readFileSync(RECORD, "utf8"));
  const seen: DoorFeature[] = [];
  let pair: DoorPair;
  let redis: RedisFeatures | undefined;
  let refused = "nothing was refused";

  const note = (mode: DoorFeature["mode"], feature: string, fate: SeenFate): unknown =>
    seen.push({ mode, feature, ...fate });

  async function begin(door: number, lasting: string): Promise<readonly RunningCase[]> {
    const at = pair.doors[door] ?? expect.fail("no door");
    return RunningCase.beginAll(() => new Client(pair.clientOf(at)), lasting);
  }

  /** Fails where something was to be under way and is not. */
  function areUnderWay(cases: readonly RunningCase[]): void {
    expect(cases.filter(({ isOver }) => isOver).map(({ kind }) => kind.feature)).to.deep.equal([]);
  }

  before(async () => {
    pair = new DoorPair(folder(), ["transaction", "session"]);
    await pair.start();
    const [a, b] = pair.sides;
    const port = pair.doors[0]?.ports.redis ?? expect.fail("no door");
    redis = new RedisFeatures(() => opened(port, pair.trust));
    await redis.begin();
    const locked = await a.postgres.open();
    await locked.query("select pg_advisory_lock($1)", [LOCK]);
    const pooled = await begin(0, UNTIL_UNLOCKED);
    await pair.exchange(a, b, {
      whileHolding: async () => {
        await sleep(300);
        areUnderWay(pooled);
        await locked.end();
        await Promise.all(pooled.map((one) => one.during()));
      },
      beforeAgents: () => redis?.soon() ?? Promise.resolve(),
    });
    for (const one of pooled) note("transaction", one.kind.feature, await one.look());
    await sleep(1500);
    await redis.later();
    for (const [feature, fate] of redis.seen) note("redis", feature, fate);

    const kept = await begin(1, FOR_LONG);
    const run = await pair.runOf(b, a, REFUSING);
    refused = await holdDoors(run, NO_RECORDER).then(
      () => "it was held",
      (error: unknown) => (error as Error).message,
    );
    await run.from.sql.end();
    await pair.exchange(b, a, {
      environment: ENDING,
      whileHolding: async () => {
        await sleep(300);
        for (const one of kept) one.hold();
        areUnderWay(kept);
      },
    });
    for (const one of kept) note("session", one.kind.feature, await one.look());
    if (WRITE_TO !== undefined) {
      const date = new Date().toISOString().slice(0, 10);
      writeFileSync(WRITE_TO, `${JSON.stringify({ ...recorded, date, features: seen }, null, 2)}\n`);
    }
  });
  after(async () => {
    redis?.close();
    await pair.stop();
  });

  // Every suite forbids cases that are skipped: a run that records has none that compares.
  const compared = WRITE_TO === undefined ? recorded.features : undefined;
  for (const { mode, feature, fate, code } of compared ?? []) {
    it(`${mode}: ${feature}: ${fate}${code === null ? "" : ` (${code})`}`, () => {
      expect(
        seen.find((one) => one.mode === mode && one.feature === feature),
        "nothing tried it",
      ).to.deep.equal({ mode, feature, fate, code });
    });
  }

  if (compared !== undefined) {
    it("is the whole table", () => {
      const key = ({ mode, feature }: DoorFeature): string => `${mode}: ${feature}`;
      expect(seen.map(key)).to.have.members(compared.map(key));
    });
  }

  it("refuses the switchover while a client holds its session, where nothing is to be ended", () => {
    expect(refused).to.include("have not ended within 1 s");
  });
});
