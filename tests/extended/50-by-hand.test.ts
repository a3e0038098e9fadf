import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { distributionOf, keyed } from "../../lab/bench/distribution";
import { machinePace } from "../../lab/bench/machine-pace";
import { runSeries } from "../../lab/bench/run-series";
import type { SwapRecord } from "../../lab/bench/swap-record";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { STORE_NAMES, type StoreName } from "../../settings/services";
import { ByHandPair } from "../support/by-hand-pair";
import { labEnvironment } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

/** Switchovers of each kind in a row; an even number leaves the lab's primary where it was. */
const BLOCK = 2;
const BLOCKS = Number(process.env["UNDERSTUDY_BY_HAND_BLOCKS"] ?? "10");
/** The product's p95 against that of the script, at most. */
const RATIOS: Readonly<Record<StoreName, number>> = { timescaledb: 1.5, redis: 2 };

type Outages = Readonly<Record<StoreName, number | null>>;

interface Turn {
  readonly block: number;
  readonly kind: "by hand" | "product";
  /** A fixed piece of work before the block, milliseconds: how fast the machine was. */
  readonly paceMs: number;
  readonly outageMs: Outages;
  /** Acknowledged events that could not be read back; null is unknown. */
  readonly lost: Readonly<Record<StoreName, number | null>>;
  /** How long the drill's last step took, milliseconds; a script has none. */
  readonly verifyMs: number | null;
}

describe("a switchover beside one by hand, in turn, with the same probe", function () {
  this.timeout(3_600_000);
  const folder = temporaryFolder();
  const turns: Turn[] = [];
  let hands: ByHandPair | undefined;

  before(async () => {
    await readyPair(labPair(labEnvironment()), () => undefined);
    hands = await ByHandPair.start(folder());
  });
  after(() => hands?.stop());

  async function byHand(block: number, pair: ByHandPair): Promise<void> {
    const paceMs = machinePace();
    for (let turn = 0; turn < BLOCK; turn += 1) {
      const seen = await pair.switchover();
      turns.push({
        ...{ block, kind: "by hand", paceMs },
        outageMs: keyed(STORE_NAMES, (store) => seen[store].longestGapMs),
        lost: keyed(STORE_NAMES, (store) => seen[store].counts.lost),
        verifyMs: null,
      });
    }
  }

  async function byProduct(block: number): Promise<readonly SwapRecord[]> {
    const paceMs = machinePace();
    const plan = { name: `beside-${block}`, count: BLOCK, stamp: `hand${Date.now()}`, folder: folder() };
    const records = await runSeries(labEnvironment(), { ...plan, stop: new AbortController().signal }, () => undefined);
    for (const { outageMs, events, stepMs } of records) {
      const lost = keyed(STORE_NAMES, (store) => events[store].lost);
      turns.push({ block, kind: "product", paceMs, outageMs, lost, verifyMs: stepMs.verify });
    }
    return records;
  }

  const outages = (kind: Turn["kind"], store: StoreName): ReturnType<typeof distributionOf> =>
    distributionOf(turns.filter((one) => one.kind === kind).map(({ outageMs }) => outageMs[store]));

  it("loses nothing either way, and every switchover of ours is accepted", async () => {
    for (let block = 1; block <= BLOCKS; block += 1) {
      await byHand(block, hands ?? expect.fail("no servers"));
      for (const { failure } of await byProduct(block)) expect(failure).to.equal(null);
      console.log(`      block ${block} of ${BLOCKS}: ${line("timescaledb")}; ${line("redis")}`);
    }
    for (const { kind, block, lost } of turns)
      expect(lost, `${kind}, block ${block}`).to.deep.equal({ timescaledb: 0, redis: 0 });
  });

  const line = (store: StoreName): string =>
    (["by hand", "product"] as const)
      .map((kind) => {
        const { p50, p95 } = outages(kind, store);
        return `${store} ${kind} ${p50?.toFixed(0) ?? "?"} / ${p95?.toFixed(0) ?? "?"} ms`;
      })
      .join(", ");

  it("is recorded, with what it is in ratio to the script, and whether the aims are met", () => {
    const stores = keyed(STORE_NAMES, (store) => {
      const [hand, product] = [outages("by hand", store), outages("product", store)];
      const ratio = hand.p95 === null || product.p95 === null ? null : product.p95 / hand.p95;
      return { byHandMs: hand, productMs: product, ratioOfP95: ratio, atMost: RATIOS[store] };
    });
    const file = process.env["UNDERSTUDY_BY_HAND"] ?? "docs/results/by_hand.json";
    mkdirSync(path.dirname(file), { recursive: true });
    const verifyMs = distributionOf(turns.filter(({ kind }) => kind === "product").map((one) => one.verifyMs));
    const record = { version: 1, finishedAt: new Date().toISOString(), block: BLOCK, stores, verifyMs, turns };
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
    for (const store of STORE_NAMES)
      expect(stores[store].byHandMs.unknown + stores[store].productMs.unknown).to.equal(0);
  });
});
