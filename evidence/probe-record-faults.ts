import type { ProbeStoreEvidence } from "./document";
import { areAscendingRanges, countIn, isIn } from "./seq-ranges";

/** One thing that makes raw samples unfit to be counted: where, what is there, what must be. */
export interface ProbeRecordFault {
  readonly key: string;
  readonly value: string;
  readonly limit: string;
}

/** When the probe ran, in milliseconds after the drill began. */
export interface ProbeWindow {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
}

type Record = Pick<ProbeStoreEvidence, "endpoints" | "samples" | "found" | "duplicatedSeqs">;

/**
 * What is wrong with one store's raw record: arrays of unequal length, attempts out of order or outside the window,
 * an acknowledgement without its time, an endpoint that is not there, a number used again after anything but a
 * refusal or left out, ranges that overlap. At most one fault of each kind is given.
 */
export function probeRecordFaults(record: Record, window: ProbeWindow): ProbeRecordFault[] {
  const unequal = unequalLengths(record);
  if (unequal !== null) return [unequal];
  return [...attemptFaults(record, window), ...reuseFaults(record), ...holeFaults(record), ...readBackFaults(record)];
}

function unequalLengths({ samples }: Record): ProbeRecordFault | null {
  const attempts = samples.seq.length;
  const odd = Object.entries(samples).find(([, values]) => values.length !== attempts);
  if (odd === undefined) return null;
  return { key: `samples.${odd[0]}`, value: `${odd[1].length} entries`, limit: `${attempts} entries, as samples.seq` };
}

function attemptFaults({ samples, endpoints }: Record, window: ProbeWindow): ProbeRecordFault[] {
  const faults = new Map<string, ProbeRecordFault>();
  const expect = (
    holds: boolean,
    kind: string,
    index: number,
    value: number | null | undefined,
    limit: string,
  ): void => {
    if (!holds && !faults.has(limit)) {
      faults.set(limit, { key: `samples.${kind}[${index}]`, value: String(value ?? "null"), limit });
    }
  };
  let previous = window.startedAtMs;
  samples.seq.forEach((_, index) => {
    const [invoke, end, outcome] = [
      samples.invokeMs[index] ?? -1,
      samples.endMs[index] ?? null,
      samples.outcome[index],
    ];
    const endpoint = samples.endpoint[index] ?? -1;
    expect(invoke >= previous, "invokeMs", index, invoke, "inside the probe's window, in order");
    expect(end !== null || outcome === "i", "endMs", index, end, "a time, unless the outcome is indeterminate");
    expect(end === null || end >= invoke, "endMs", index, end, "not before the attempt began");
    expect((end ?? invoke) <= window.finishedAtMs, "endMs", index, end, "before the probe finished");
    expect(endpoint < endpoints.length, "endpoint", index, endpoint, `less than ${endpoints.length}`);
    previous = invoke;
  });
  return [...faults.values()];
}

function reuseFaults({ samples }: Record): ProbeRecordFault[] {
  const last = new Map<number, number>();
  for (const [index, seq] of samples.seq.entries()) {
    const earlier = last.get(seq);
    const began = samples.invokeMs[index] ?? 0;
    if (earlier !== undefined && (samples.outcome[earlier] !== "r" || (samples.endMs[earlier] ?? Infinity) > began)) {
      const limit = "used once, or again after the server had refused it";
      return [{ key: `samples.seq[${index}]`, value: String(seq), limit }];
    }
    last.set(seq, index);
  }
  return [];
}

function holeFaults({ samples }: Record): ProbeRecordFault[] {
  const seqs = [...new Set(samples.seq)].sort((left, right) => left - right);
  const hole = seqs.findIndex((seq, index) => index > 0 && seq !== (seqs[index - 1] ?? 0) + 1);
  if (hole < 0) return [];
  const limit = `${(seqs[hole - 1] ?? 0) + 1}, the next number: no attempt is left out`;
  return [{ key: "samples.seq", value: String(seqs[hole]), limit }];
}

function readBackFaults({ found, duplicatedSeqs }: Record): ProbeRecordFault[] {
  const faults: ProbeRecordFault[] = [];
  const ranges = found ?? [];
  if (!areAscendingRanges(ranges)) {
    faults.push({ key: "found", value: JSON.stringify(ranges), limit: "ascending ranges that do not overlap" });
  } else if (!Number.isSafeInteger(countIn(ranges))) {
    faults.push({ key: "found", value: String(countIn(ranges)), limit: "a number of events that can be counted" });
  }
  const notFound = duplicatedSeqs.find((seq) => !isIn(ranges, seq));
  if (notFound !== undefined) {
    faults.push({ key: "duplicatedSeqs", value: String(notFound), limit: "event numbers that were found" });
  }
  if (duplicatedSeqs.some((seq, index) => seq <= (duplicatedSeqs[index - 1] ?? -1))) {
    faults.push({ key: "duplicatedSeqs", value: duplicatedSeqs.join(), limit: "ascending, each once" });
  }
  return faults;
}
