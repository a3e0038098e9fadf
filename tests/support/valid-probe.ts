import type { ProbeStoreEvidence } from "../../evidence/document";
import { summarizeStore } from "../../evidence/probe-summary";
import { toSeqRanges } from "../../evidence/seq-ranges";

/** How one store's writes went during an invented drill; times in milliseconds after the drill began. */
export interface ProbeStory {
  readonly endpoints: readonly [string, string];
  readonly startMs: number;
  readonly endMs: number;
  readonly everyMs: number;
  /** From here on the first endpoint acknowledges nothing. */
  readonly closedAtMs: number;
  /** From here on the second endpoint acknowledges. */
  readonly openedAtMs: number;
  /** The last attempt on the first endpoint never ended. */
  readonly silentEnd?: boolean;
  /** Acknowledged event numbers that were not found on the new primary. */
  readonly lost?: readonly number[];
}

/** A store's probe evidence with figures that its samples give. */
export function probedStore(story: ProbeStory): ProbeStoreEvidence {
  const samples: ProbeStoreEvidence["samples"] = { seq: [], invokeMs: [], endMs: [], outcome: [], endpoint: [] };
  const attempt = (seq: number, at: number, endMs: number | null, outcome: "a" | "r" | "i", endpoint: number): void => {
    samples.seq.push(seq);
    samples.invokeMs.push(at);
    samples.endMs.push(endMs);
    samples.outcome.push(outcome);
    samples.endpoint.push(endpoint);
  };
  let seq = 1;
  let silent = story.silentEnd === true;
  for (let at = story.startMs; at < story.endMs - 5; at += story.everyMs) {
    if (at < story.closedAtMs - 5) {
      attempt(seq++, at, at + 1.125, "a", 0);
    } else if (at < story.openedAtMs) {
      if (silent) attempt(seq++, at, null, "i", 0);
      else attempt(seq, at, at + 0.5, "r", 0);
      silent = false;
    } else {
      attempt(seq++, at, at + 1.375, "a", 1);
    }
  }
  const acknowledged = samples.seq.filter((_, index) => samples.outcome[index] === "a");
  const found = toSeqRanges(acknowledged.filter((one) => !(story.lost ?? []).includes(one)));
  const record = { samples, found, duplicatedSeqs: [] };
  return { endpoints: [...story.endpoints], ...record, ...summarizeStore(record) };
}
