import type { Total } from "./distribution";
import type { SeriesSummary } from "./series-summary";
import type { StoreName } from "../../settings/services";

/** Aims for a planned swap on one small machine: client-seen outage at the 95th percentile, milliseconds. */
export const OUTAGE_AIMS_MS = { timescaledb: 250, redis: 50 } as const;

/** One aim and whether a series met it. `unknown`: nothing speaks against it, but not everything could be measured. */
export interface JudgedAim {
  readonly name: string;
  readonly unit: "ms" | "count";
  readonly atMost: number;
  readonly measured: number | null;
  readonly verdict: "met" | "not met" | "unknown";
}

/** Holds one figure against its aim; a figure that is partly unknown meets nothing. */
export function judged(
  name: string,
  unit: JudgedAim["unit"],
  atMost: number,
  seen: { readonly measured: number | null; readonly unknown: number },
): JudgedAim {
  const { measured, unknown } = seen;
  const above = measured !== null && measured > atMost;
  const verdict = above ? "not met" : measured === null || unknown > 0 ? "unknown" : "met";
  return { name, unit, atMost, measured, verdict };
}

function zero(name: string, { swaps }: SeriesSummary, ...totals: readonly Total[]): JudgedAim {
  const sum = (of: (total: Total) => number): number => totals.reduce((all, total) => all + of(total), 0);
  const unknown = sum((total) => total.unknown);
  const nothingRead = totals.some((total) => total.unknown === swaps);
  const measured = nothingRead && sum((total) => total.sum) === 0 ? null : sum((total) => total.sum);
  return judged(name, "count", 0, { measured, unknown });
}

/** Holds a series against the aims. An aim about a figure that is partly unknown is met by nothing. */
export function judgeAims(summary: SeriesSummary): readonly JudgedAim[] {
  const { asked, succeeded, outageMs, events, rewinds, fullSyncs } = summary;
  const outage = (name: string, store: StoreName): JudgedAim =>
    judged(`${name} outage p95`, "ms", OUTAGE_AIMS_MS[store], {
      measured: outageMs[store].p95,
      unknown: outageMs[store].unknown,
    });
  return [
    outage("PostgreSQL", "timescaledb"),
    outage("Redis", "redis"),
    zero("acknowledged events lost", summary, events.timescaledb.lost, events.redis.lost),
    zero("events duplicated", summary, events.timescaledb.duplicated, events.redis.duplicated),
    zero("phantom events", summary, events.timescaledb.phantom, events.redis.phantom),
    zero("PostgreSQL rewinds", summary, rewinds),
    zero("Redis full syncs", summary, fullSyncs),
    judged("switchovers that failed or were not run", "count", 0, { measured: asked - succeeded, unknown: 0 }),
  ];
}
