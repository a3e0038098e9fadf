import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { judged, type JudgedAim } from "../aims";
import { distributionOf, keyed, type Distribution } from "../distribution";
import type { SwapRecord } from "../swap-record";
import { rankSum, type RankSum } from "./rank-sum";

/** A switchover of a comparison: of which of the two labs, and of which pair of blocks, counted from 1. */
export interface ComparedTurn extends SwapRecord {
  readonly block: number;
  /** True: of the lab that is measured; false: of the one that it is compared with. */
  readonly measured: boolean;
}

/** One store's outage in one lab against the other, in one run. */
export interface LabComparison {
  readonly measuredMs: Distribution;
  readonly againstMs: Distribution;
  /** Null with fewer than `LEAST` of either kind: they say nothing. */
  readonly test: RankSum | null;
}

/** Fewer switchovers of either kind say nothing. */
export const LEAST = 5;
/** Below it a difference is not taken for chance. */
export const CHANCE = 0.05;

/** Compares one store's outages; a switchover in which it was not measured has no part in the test. */
export function compareLabs(turns: readonly ComparedTurn[], store: StoreName): LabComparison {
  const of = (measured: boolean): readonly (number | null)[] =>
    turns.filter((one) => one.measured === measured).map(({ outageMs }) => outageMs[store]);
  const known = (measured: boolean): readonly number[] => of(measured).filter((one) => one !== null);
  const [ones, others] = [known(true), known(false)];
  const enough = ones.length >= LEAST && others.length >= LEAST;
  return {
    measuredMs: distributionOf(of(true)),
    againstMs: distributionOf(of(false)),
    test: enough ? rankSum(ones, others) : null,
  };
}

/** Compares both stores. */
export function compareStores(turns: readonly ComparedTurn[]): Readonly<Record<StoreName, LabComparison>> {
  return keyed(STORE_NAMES, (store) => compareLabs(turns, store));
}

/** Holds a comparison against its aims. What was measured too seldom meets nothing. @param asked switchovers of each kind */
export function judgeComparison(
  stores: Readonly<Record<StoreName, LabComparison>>,
  turns: readonly ComparedTurn[],
  asked: number,
): readonly JudgedAim[] {
  const tests = STORE_NAMES.map((store) => stores[store].test);
  const unknown = tests.filter((one) => one === null).length;
  const longer = tests.filter((one) => one !== null && one.pLarger < CHANCE).length;
  const lost = turns.flatMap(({ events }) => STORE_NAMES.map((store) => events[store].lost));
  const succeeded = turns.filter(({ failure }) => failure === null).length;
  return [
    judged("stores whose outage is measurably longer", "count", 0, {
      measured: unknown === tests.length ? null : longer,
      unknown,
    }),
    judged("acknowledged events lost", "count", 0, {
      measured: lost.reduce<number>((sum, one) => sum + (one ?? 0), 0),
      unknown: lost.filter((one) => one === null).length,
    }),
    judged("switchovers that failed or were not run", "count", 0, { measured: 2 * asked - succeeded, unknown: 0 }),
  ];
}

/** Which lab has its turn in a block, in this order: each kind begins every other block. */
export function kindsOfBlock(block: number): readonly boolean[] {
  return block % 2 === 1 ? [true, false] : [false, true];
}

/** Switchovers of one kind in each block, the last one shorter. */
export function blockSizes(count: number, block: number): readonly number[] {
  return Array.from({ length: Math.ceil(count / block) }, (_, at) => Math.min(block, count - at * block));
}
