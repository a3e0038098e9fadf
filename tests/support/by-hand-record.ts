import { distributionOf, keyed, type Distribution } from "../../lab/bench/distribution";
import type { RunHead } from "../../lab/bench/report";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** What `tests/extended/50-by-hand.test.ts` has measured, from the project's folder. */
export const BY_HAND_RECORD = "docs/results/recorded/by_hand.json";

/** The product's p95 against that of the script, at most. */
export const RATIOS: Readonly<Record<StoreName, number>> = { timescaledb: 1.5, redis: 2 };

type Kind = "by hand" | "product";

/** One switchover of either kind. */
export interface ByHandTurn {
  /** Pair of blocks, counted from 1. */
  readonly block: number;
  readonly kind: Kind;
  /** A fixed piece of work before the block, milliseconds: how fast the machine was. */
  readonly paceMs: number;
  /** Longest gap between two acknowledged writes of the probe, milliseconds. */
  readonly outageMs: Readonly<Record<StoreName, number | null>>;
  /** Events that the probe was answered and that could not be read back; null is unknown. */
  readonly lost: Readonly<Record<StoreName, number | null>>;
  /** How long the drill's last step took, milliseconds; a script has none. */
  readonly verifyMs: number | null;
}

/** One store: both kinds, and the product's p95 as a multiple of the script's. */
export interface ByHandStore {
  readonly byHandMs: Distribution;
  readonly productMs: Distribution;
  readonly ratioOfP95: number | null;
  readonly atMost: number;
}

/** The record of one run. That of 2026-12-03 has of its head only the version and when it ended. */
export interface ByHandRecord extends RunHead {
  /** Switchovers of one kind in a row. */
  readonly block: number;
  readonly stores: Readonly<Record<StoreName, ByHandStore>>;
  readonly verifyMs: Distribution;
  readonly turns: readonly ByHandTurn[];
}

/** What the turns say, store by store. */
export function comparedByHand(turns: readonly ByHandTurn[]): Pick<ByHandRecord, "stores" | "verifyMs"> {
  const of = (kind: Kind): readonly ByHandTurn[] => turns.filter((one) => one.kind === kind);
  const stores = keyed(STORE_NAMES, (store) => {
    const [byHandMs, productMs] = [of("by hand"), of("product")].map((ones) =>
      distributionOf(ones.map(({ outageMs }) => outageMs[store])),
    ) as [Distribution, Distribution];
    const known = byHandMs.p95 !== null && productMs.p95 !== null;
    return { byHandMs, productMs, ratioOfP95: known ? productMs.p95 / byHandMs.p95 : null, atMost: RATIOS[store] };
  });
  return { stores, verifyMs: distributionOf(of("product").map(({ verifyMs }) => verifyMs)) };
}
