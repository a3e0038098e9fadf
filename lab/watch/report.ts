import { z } from "zod";
import { type Attempt } from "./attempt";
import { longestBlindMs, overlaps } from "./overlap";
import { STORE_NAMES, type StoreName } from "../../settings/services";

/** Every attempt, by host and store. */
export type Tries = Readonly<Record<string, Readonly<Record<StoreName, readonly Attempt[]>>>>;

/** A writer that pauses longer between two attempts has lost the thread: what it saw before and after is not one run. */
const LONGEST_PAUSE_MS = 1000;

const milliseconds = z.number().nonnegative();

const storeReportSchema = z.strictObject({
  /** Time in which both hosts acknowledged writes; null when the watch was not whole. */
  twoWriterMs: milliseconds.nullable(),
  /** The stretches behind that sum, milliseconds after the watch began, and the acknowledgement that proves each. */
  overlaps: z.array(z.strictObject({ fromMs: z.number(), toMs: z.number(), proof: z.string() })),
  sides: z.record(
    z.string(),
    z.strictObject({
      attempts: z.number().int(),
      accepted: z.number().int(),
      /** Longest time between the starts of two attempts: an overlap shorter than that may be missed there. */
      longestBlindMs: milliseconds.nullable(),
    }),
  ),
});

/** What a watch saw. Times are milliseconds. */
export const watchReportSchema = z.strictObject({
  intervalMs: milliseconds,
  lastedMs: milliseconds,
  timescaledb: storeReportSchema,
  redis: storeReportSchema,
});

/** What a watch saw of both stores. */
export type WatchReport = z.infer<typeof watchReportSchema>;
type StoreReport = z.infer<typeof storeReportSchema>;

interface WatchSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  /** Whether every writer lived until the end. */
  readonly whole: boolean;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function storeReport(tries: Tries, store: StoreName, { fromMs, whole }: WatchSpan): StoreReport {
  const hosts = Object.keys(tries);
  const [a, b] = hosts.map((host) => tries[host]?.[store] ?? []);
  const found = overlaps(a ?? [], b ?? [], LONGEST_PAUSE_MS);
  const looked = hosts.length === 2 && hosts.every((host) => (tries[host]?.[store].length ?? 0) > 1);
  const sum = found.reduce((all, { fromMs: began, toMs: ended }) => all + ended - began, 0);
  const at = (ms: number): number => rounded(ms - fromMs);
  return {
    twoWriterMs: whole && looked ? rounded(sum) : sum > 0 ? rounded(sum) : null,
    overlaps: found.map(({ fromMs: began, toMs: ended, proof }) => ({
      fromMs: at(began),
      toMs: at(ended),
      proof: `${hosts[proof.side] ?? ""} acknowledged a write from ${at(proof.startMs)} to ${at(proof.endMs)} ms, between two of the other host`,
    })),
    sides: Object.fromEntries(
      hosts.map((host) => {
        const side = tries[host]?.[store] ?? [];
        const blind = longestBlindMs(side);
        const accepted = side.filter((one) => one.accepted).length;
        return [host, { attempts: side.length, accepted, longestBlindMs: blind === null ? null : rounded(blind) }];
      }),
    ),
  };
}

/** Sums a watch up. */
export function watchReport(tries: Tries, span: WatchSpan): WatchReport {
  const stores = Object.fromEntries(STORE_NAMES.map((store) => [store, storeReport(tries, store, span)])) as Record<
    StoreName,
    StoreReport
  >;
  return { intervalMs: span.intervalMs, lastedMs: rounded(span.toMs - span.fromMs), ...stores };
}
