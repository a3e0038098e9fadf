import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { keyed } from "../../lab/bench/distribution";
import { machinePace } from "../../lab/bench/machine-pace";
import { runHead } from "../../lab/bench/report";
import { runSeries } from "../../lab/bench/run-series";
import type { SwapRecord } from "../../lab/bench/swap-record";
import { labPair } from "../../lab/host/lab-pair";
import { readyPair } from "../../lab/host/pair-care";
import { STORE_NAMES } from "../../settings/services";
import { ByHandPair } from "../support/by-hand-pair";
import { comparedByHand, type ByHandRecord, type ByHandTurn } from "../support/by-hand-record";
import { labEnvironment } from "../support/lab-stacks";
import { temporaryFolder } from "../support/temporary-folder";

/** Switchovers of each kind in a row; an even number leaves the lab's primary where it was. */
const BLOCK = 2;
const BLOCKS = Number(process.env["UNDERSTUDY_BY_HAND_BLOCKS"] ?? "10");
const FILE = process.env["UNDERSTUDY_BY_HAND"] ?? "docs/results/by_hand.json";

const milliseconds = (value: number | null): string => (value === null ? "unknown" : `${value.toFixed(0)} ms`);

/** Whether the aims are met is what the record says; a machine that is shared with others can't be held to them. */
describe("a switchover beside one by hand, in turn, with the same probe", function () {
  this.timeout(3_600_000);
  const folder = temporaryFolder();
  const began = new Date();
  const turns: ByHandTurn[] = [];
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
      const outageMs = keyed(STORE_NAMES, (store) => seen[store].longestGapMs);
      const lost = keyed(STORE_NAMES, (store) => seen[store].counts.lost);
      turns.push({ block, kind: "by hand", paceMs, outageMs, lost, verifyMs: null });
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

  function progress(block: number): void {
    const { stores } = comparedByHand(turns);
    const said = STORE_NAMES.map((store) => {
      const { byHandMs, productMs } = stores[store];
      const [hand, product] = [byHandMs, productMs].map(
        ({ p50, p95 }) => `${milliseconds(p50)} / ${milliseconds(p95)}`,
      );
      return `${store} by hand ${hand ?? ""}, product ${product ?? ""}`;
    });
    console.log(`      block ${block} of ${BLOCKS}, p50 / p95: ${said.join("; ")}`);
  }

  /** After each pair of blocks: a run that is ended before its last one has measured what it has. */
  function save(): void {
    mkdirSync(path.dirname(FILE), { recursive: true });
    const record: ByHandRecord = {
      ...runHead(labEnvironment(), began),
      ...{ block: BLOCK, ...comparedByHand(turns), turns },
    };
    writeFileSync(FILE, `${JSON.stringify(record, null, 2)}\n`);
  }

  it("loses nothing either way, is measured each time, and every switchover of ours is accepted", async () => {
    for (let block = 1; block <= BLOCKS; block += 1) {
      await byHand(block, hands ?? expect.fail("no servers"));
      for (const { failure } of await byProduct(block)) expect(failure).to.equal(null);
      save();
      progress(block);
    }
    for (const { kind, block, lost, outageMs } of turns) {
      expect(lost, `${kind}, block ${block}`).to.deep.equal({ timescaledb: 0, redis: 0 });
      expect(Object.values(outageMs), `${kind}, block ${block}`).not.to.include(null);
    }
  });
});
