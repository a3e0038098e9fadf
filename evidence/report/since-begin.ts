import type { EvidenceDocument, ProbeStoreEvidence } from "../document";

/**
 * The document with every moment counted from the drill's first step. An unplanned drill may count from the zero of the
 * standing probe that it adopted, hours ago; what happened before the drill is negative then.
 */
export function sinceBegin(document: EvidenceDocument): EvidenceDocument {
  const zero = document.drill.kind === "unplanned" ? (document.steps[0]?.startedAtMs ?? 0) : 0;
  if (zero === 0) return document;
  const at = (ms: number): number => Math.round((ms - zero) * 1000) / 1000;
  const { unplanned, probe } = document;
  return {
    ...document,
    steps: document.steps.map((step) => ({
      ...step,
      startedAtMs: at(step.startedAtMs),
      finishedAtMs: at(step.finishedAtMs),
      marks: step.marks.map((mark) => ({ ...mark, atMs: at(mark.atMs) })),
    })),
    fences: document.fences.map((fence) => ({ ...fence, provedAtMs: at(fence.provedAtMs) })),
    unplanned: unplanned && {
      ...unplanned,
      signals: unplanned.signals.map((signal) => ({ ...signal, atMs: at(signal.atMs) })),
    },
    probe: probe && {
      ...probe,
      startedAtMs: at(probe.startedAtMs),
      finishedAtMs: at(probe.finishedAtMs),
      timescaledb: shifted(probe.timescaledb, at),
      redis: shifted(probe.redis, at),
    },
  };
}

function shifted(store: ProbeStoreEvidence, at: (ms: number) => number): ProbeStoreEvidence {
  const { samples, gap } = store;
  return {
    ...store,
    samples: {
      ...samples,
      invokeMs: samples.invokeMs.map(at),
      endMs: samples.endMs.map((end) => (end === null ? null : at(end))),
    },
    gap: gap && { fromMs: at(gap.fromMs), toMs: at(gap.toMs) },
  };
}
