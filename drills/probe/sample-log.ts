import type { ProbeSamples } from "../../evidence/document";
import type { Outcome } from "./answer";

/**
 * Samples one store may hold, about 75 MB; at the bound the writer stops, so that memory and evidence stay bounded. An
 * hour at 5 ms is 720 000 events; an hour's outage adds about 15 000 refusals.
 */
export const MAX_SAMPLES = 1_000_000;

/** Grows the compact arrays of one store, one entry a write attempt, in the order of the attempts. */
export class SampleLog {
  readonly samples: ProbeSamples = { seq: [], invokeMs: [], endMs: [], outcome: [], endpoint: [] };
  acknowledged = 0;
  /** When the latest acknowledgement came; undefined before the first. */
  lastAcknowledgedMs: number | undefined;
  /** Which endpoint gave it. */
  lastAcknowledgedBy: number | undefined;

  /** @param endMs null when the attempt never ended */
  record(seq: number, invokeMs: number, endMs: number | null, outcome: Outcome, endpoint: number): void {
    this.samples.seq.push(seq);
    this.samples.invokeMs.push(invokeMs);
    this.samples.endMs.push(endMs);
    this.samples.outcome.push(outcome);
    this.samples.endpoint.push(endpoint);
    if (outcome === "a" && endMs !== null) {
      this.acknowledged += 1;
      this.lastAcknowledgedMs = endMs;
      this.lastAcknowledgedBy = endpoint;
    }
  }

  get full(): boolean {
    return this.samples.seq.length >= MAX_SAMPLES;
  }
}
