import type { EvidenceDocument } from "../../../evidence/document";
import type { StoreName } from "../../../settings/services";
import { nearestRank } from "../distribution";
import type { Sent } from "./pgbench-log";

/** A stretch of time, milliseconds on the load's clock. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Latency of answered statements, milliseconds; null where there were none. */
export interface LatencyFigures {
  readonly statements: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** So long after clients go on a statement still belongs to the switchover, milliseconds. */
const AFTERWARDS_MS = 1000;

/** The marks between which clients of a store wait. What began to wait earlier is still under way at the first of them. */
const MARKS: Readonly<Record<StoreName, { readonly held: RegExp; readonly goOn: RegExp }>> = {
  timescaledb: { held: /^clients held/, goOn: /^clients go on$/ },
  redis: { held: /^redis writes paused$/, goOn: /^redis clients led$/ },
};

/**
 * From when a store's clients were held until 1 s after they go on, on the load's clock; null where the evidence has not both
 * marks: no door was told.
 * @param originNs the load's zero on this machine's monotonic clock
 */
export function windowOf(
  { steps }: Pick<EvidenceDocument, "steps">,
  store: StoreName,
  originNs: string,
): Stretch | null {
  const marks = steps.flatMap((step) => step.marks.map((mark) => ({ ...mark, originNs: step.originNs })));
  const at = (name: RegExp): number | undefined => {
    const mark = marks.find((one) => name.test(one.name));
    return mark && mark.atMs + Number(BigInt(mark.originNs) - BigInt(originNs)) / 1e6;
  };
  const [held, goOn] = [at(MARKS[store].held), at(MARKS[store].goOn)];
  if (held === undefined || goOn === undefined) return null;
  return { fromMs: held, toMs: goOn + AFTERWARDS_MS };
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

const sentAt = ({ startMs }: Sent): number => startMs;
const dueAt = ({ startMs, dueMs }: Sent): number => dueMs ?? startMs;

function figuresOf(sent: readonly Sent[], since: (one: Sent) => number): LatencyFigures | null {
  const times = sent.map((one) => rounded(one.endMs - since(one)));
  const [p50, p99, max] = [nearestRank(times, 50), nearestRank(times, 99), nearestRank(times, 100)];
  return p50 === null || p99 === null || max === null ? null : { statements: times.length, p50, p99, max };
}

/**
 * Latency of what was answered: of statements that were under way in the window, or began in it; of the same since they were
 * due; and of all others since they were sent. Without a window nothing is known of the first two, and everything is of the
 * others.
 */
export function latenciesOf(
  sent: readonly Sent[],
  window: Stretch | null,
): {
  readonly window: LatencyFigures | null;
  readonly windowDue: LatencyFigures | null;
  readonly outside: LatencyFigures | null;
} {
  const answered = sent.filter((one) => one.answered);
  const inside = (one: Sent): boolean => window !== null && one.startMs <= window.toMs && one.endMs >= window.fromMs;
  const within = answered.filter(inside);
  return {
    window: figuresOf(within, sentAt),
    windowDue: figuresOf(within, dueAt),
    outside: figuresOf(
      answered.filter((one) => !inside(one)),
      sentAt,
    ),
  };
}
