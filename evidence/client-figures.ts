import type { ClientLoad, ClientSamples, ClientsEvidence } from "./client-loads";
import { roundToMicrosecond } from "./probe-summary";
import type { StoreName } from "../settings/services";

/** The figures of one load, all of them computed from its samples. */
export type ClientFigures = Pick<ClientLoad, "counts" | "codes" | "latencyMs">;

/**
 * Computes what the samples say: a load fills the evidence with it, the verifier computes it again. Broken samples are not
 * detected here: see `clientLoadFaults`.
 */
export function clientFigures(samples: ClientSamples): ClientFigures {
  const ended = (letter: string): number => samples.end.filter((one) => one === letter).length;
  const codes: Record<string, number> = {};
  for (const { code } of samples.errors) codes[code] = (codes[code] ?? 0) + 1;
  return {
    counts: {
      sent: samples.end.length,
      answered: ended("a"),
      failed: ended("f"),
      ended: ended("e"),
      unknown: ended("u"),
      resent: samples.resent.reduce((sum, { times }) => sum + times, 0),
    },
    codes,
    latencyMs: latencyOf(samples),
  };
}

/** A stretch of time on the drill's clock. */
interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Whether a statement was begun in a stretch of time, or still under way when it began. */
export function isUnderWay({ startMs, endMs }: ClientSamples, at: number, { fromMs, toMs }: Stretch): boolean {
  return (startMs[at] ?? Infinity) <= toMs && (endMs[at] ?? -Infinity) >= fromMs;
}

/** Latency of the answered statements, or of those under way in a stretch of time; null where there are none. */
export function latencyOf(samples: ClientSamples, within?: Stretch): ClientLoad["latencyMs"] {
  const sorted = [...samples.end.keys()]
    .filter((at) => samples.end[at] === "a" && (within === undefined || isUnderWay(samples, at, within)))
    .map((at) => roundToMicrosecond((samples.endMs[at] ?? 0) - (samples.startMs[at] ?? 0)))
    .sort((left, right) => left - right);
  const rank = (part: number): number => sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0;
  return sorted.length === 0 ? null : { p50: rank(0.5), p99: rank(0.99), max: rank(1) };
}

/** Statements of one load that its clients saw end in an error, whatever became of them on the server. */
export function clientErrorsOf({ counts }: Pick<ClientLoad, "counts">): number {
  return counts.failed + counts.ended + counts.unknown;
}

/** The same of all loads of one store; null where none was measured: null is never zero. */
export function storeClientErrors(clients: ClientsEvidence | undefined, store: StoreName): number | null {
  const loads = (clients?.loads ?? []).filter((load) => load.store === store);
  return loads.length === 0 ? null : loads.reduce((sum, load) => sum + clientErrorsOf(load), 0);
}
