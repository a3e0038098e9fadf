import { STORE_NAMES, type StoreName } from "../../settings/services";
import { STEP_NAMES, type StepName } from "../../settings/steps";
import { CUT_SPANS } from "./cut-spans";
import { distributionOf, keyed, totalOf, type Distribution, type Total } from "./distribution";
import type { EventCounts, SwapRecord } from "./swap-record";

/** What a series of swaps says, over every swap in it, failed ones included. Times are milliseconds. */
export interface SeriesSummary {
  readonly asked: number;
  /** Swaps that were begun; fewer than `asked` when the series was given up. */
  readonly swaps: number;
  readonly succeeded: number;
  readonly failed: readonly { readonly drillId: string; readonly failure: string }[];
  readonly outageMs: Readonly<Record<StoreName, Distribution>>;
  /** Swaps in which clients of a store waited longest at another moment of the drill than its promotion. */
  readonly gapsElsewhere: Readonly<Record<StoreName, Total>>;
  readonly events: Readonly<Record<StoreName, Readonly<Record<keyof EventCounts, Total>>>>;
  /** Swaps after which the old primary was rewound. */
  readonly rewinds: Total;
  readonly fullSyncs: Total;
  readonly stepMs: Readonly<Record<StepName, Distribution>>;
  readonly cutMs: Readonly<Record<string, Distribution>>;
}

/** Sums a series up. */
export function summarize(records: readonly SwapRecord[], asked: number): SeriesSummary {
  const failed = records.flatMap(({ drillId, failure }) => (failure === null ? [] : [{ drillId, failure }]));
  return {
    asked,
    swaps: records.length,
    succeeded: records.length - failed.length,
    failed,
    outageMs: keyed(STORE_NAMES, (store) => distributionOf(records.map((one) => one.outageMs[store]))),
    gapsElsewhere: keyed(STORE_NAMES, (store) =>
      totalOf(records.map(({ outageIsSwap: { [store]: swap } }) => (swap === null ? null : Number(!swap)))),
    ),
    events: keyed(STORE_NAMES, (store) =>
      keyed(["acknowledged", "lost", "duplicated", "phantom"], (what) =>
        totalOf(records.map((one) => one.events[store][what])),
      ),
    ),
    rewinds: totalOf(records.map(({ rewound }) => (rewound === null ? null : Number(rewound)))),
    fullSyncs: totalOf(records.map((one) => one.fullSyncs)),
    stepMs: keyed(STEP_NAMES, (step) => distributionOf(records.map((one) => one.stepMs[step]))),
    cutMs: keyed(
      CUT_SPANS.map((one) => one.name),
      (span) => distributionOf(records.map((one) => one.cutMs[span] ?? null)),
    ),
  };
}
