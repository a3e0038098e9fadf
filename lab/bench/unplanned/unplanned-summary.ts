import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { STEP_NAMES, type StepName } from "../../../settings/steps";
import { distributionOf, keyed, totalOf, type Distribution, type Total } from "../distribution";
import { judged, type JudgedAim } from "../aims";
import { STORE_TITLES } from "../swap-line";
import type { GoneKind, UnplannedRecord } from "./unplanned-record";

/** Aims for an unplanned failover on one small machine when the host answers or refuses at once, milliseconds at the 95th percentile. */
export const RECOVERY_AIMS_MS = { timescaledb: 1500, redis: 1000 } as const;

/** What a series of unplanned failovers says, failed ones included. Times are milliseconds. */
export interface UnplannedSummary {
  readonly asked: number;
  readonly run: number;
  readonly succeeded: number;
  readonly failed: readonly { readonly drillId: string; readonly failure: string }[];
  readonly recoveryMs: Readonly<Record<StoreName, Distribution>>;
  readonly outageMs: Readonly<Record<StoreName, Distribution>>;
  /** Acknowledged events lost: in all, and how they spread over the failovers. */
  readonly lost: Readonly<Record<StoreName, { readonly total: Total; readonly spread: Distribution }>>;
  readonly stepMs: Readonly<Record<StepName, Distribution>>;
}

/** Sums a series up. */
export function summarizeUnplanned(records: readonly UnplannedRecord[], asked: number): UnplannedSummary {
  const failed = records.flatMap(({ drillId, failure }) => (failure === null ? [] : [{ drillId, failure }]));
  return {
    ...{ asked, run: records.length, succeeded: records.length - failed.length, failed },
    recoveryMs: keyed(STORE_NAMES, (store) => distributionOf(records.map((one) => one.recoveryMs[store]))),
    outageMs: keyed(STORE_NAMES, (store) => distributionOf(records.map((one) => one.outageMs[store]))),
    lost: keyed(STORE_NAMES, (store) => {
      const counts = records.map((one) => one.lost[store]);
      return { total: totalOf(counts), spread: distributionOf(counts) };
    }),
    stepMs: keyed(STEP_NAMES, (step) => distributionOf(records.map((one) => one.stepMs[step]))),
  };
}

/**
 * Holds a series against the aims. A silent host has to be waited for: the time after which silence counts as gone is added.
 * @param goneAfterMs the bound of the signals, `policy.primary_gone_after_seconds` in milliseconds
 */
export function judgeUnplanned(
  { asked, succeeded, recoveryMs }: UnplannedSummary,
  gone: GoneKind,
  goneAfterMs: number,
): readonly JudgedAim[] {
  const added = gone === "silent" ? goneAfterMs : 0;
  return [
    ...STORE_NAMES.map((store) =>
      judged(`${STORE_TITLES[store]} recovery p95`, "ms", RECOVERY_AIMS_MS[store] + added, {
        measured: recoveryMs[store].p95,
        unknown: recoveryMs[store].unknown,
      }),
    ),
    judged("failovers that failed or were not run", "count", 0, { measured: asked - succeeded, unknown: 0 }),
  ];
}
