import type { Attempt } from "./attempt";

/** A stretch in which one side acknowledged writes and refused none. */
export interface AcceptingRun {
  readonly acks: readonly Attempt[];
  readonly fromMs: number;
  readonly toMs: number;
}

/** A stretch in which both sides acknowledged writes, and the acknowledgement that proves it. */
export interface Overlap {
  readonly fromMs: number;
  readonly toMs: number;
  /** A write of one side that began after the other side had acknowledged one, and ended before it acknowledged the next. */
  readonly proof: { readonly side: 0 | 1; readonly startMs: number; readonly endMs: number };
}

/**
 * Splits what happened on one side into runs: a run ends with the first attempt that is not acknowledged, or with a silence of the writer
 * itself longer than `longestPauseMs`.
 */
export function acceptingRuns(attempts: readonly Attempt[], longestPauseMs: number): readonly AcceptingRun[] {
  const runs: Attempt[][] = [];
  let open: Attempt[] | undefined;
  for (const attempt of [...attempts].sort((left, right) => left.startMs - right.startMs)) {
    const last = open?.at(-1);
    if (last !== undefined && attempt.startMs - last.endMs > longestPauseMs) open = undefined;
    if (!attempt.accepted) open = undefined;
    else if (open === undefined) runs.push((open = [attempt]));
    else open.push(attempt);
  }
  return runs.map((acks) => ({ acks, fromMs: acks[0]?.startMs ?? 0, toMs: acks.at(-1)?.endMs ?? 0 }));
}

/** An acknowledged write of `inner` that lies between two of `outer`: there, both sides took writes. */
function between(inner: readonly Attempt[], outer: readonly Attempt[]): Attempt | undefined {
  let at = 0;
  return inner.find((ack) => {
    while (at + 1 < outer.length && (outer[at + 1]?.endMs ?? Infinity) <= ack.startMs) at += 1;
    const [before, after] = [outer[at], outer.find((one, index) => index > at && one.startMs >= ack.endMs)];
    return before !== undefined && before.endMs <= ack.startMs && after !== undefined;
  });
}

function overlapOfRuns(a: AcceptingRun, b: AcceptingRun): Overlap | undefined {
  const [fromMs, toMs] = [Math.max(a.fromMs, b.fromMs), Math.min(a.toMs, b.toMs)];
  if (toMs <= fromMs) return undefined;
  const [inB, inA] = [between(a.acks, b.acks), between(b.acks, a.acks)];
  const proof = inB ?? inA;
  if (proof === undefined) return undefined;
  return { fromMs, toMs, proof: { side: inB === undefined ? 1 : 0, startMs: proof.startMs, endMs: proof.endMs } };
}

/**
 * Stretches in which two sides both took writes. Counted only where the order of acknowledgements leaves no other reading: a write of
 * one side lies between two writes of the other. Two acknowledgements that merely touch may be a hand-over between them. So nothing is
 * counted that did not happen, and an overlap of more than two intervals and two answers is never missed.
 */
export function overlaps(a: readonly Attempt[], b: readonly Attempt[], longestPauseMs: number): readonly Overlap[] {
  const [runsA, runsB] = [acceptingRuns(a, longestPauseMs), acceptingRuns(b, longestPauseMs)];
  return runsA.flatMap((one) =>
    runsB.map((other) => overlapOfRuns(one, other)).filter((overlap) => overlap !== undefined),
  );
}

/** Longest stretch between two attempts, milliseconds: so long the writer did not look. Null with fewer than two attempts. */
export function longestBlindMs(attempts: readonly Attempt[]): number | null {
  const sorted = [...attempts].sort((left, right) => left.startMs - right.startMs);
  if (sorted.length < 2) return null;
  return Math.max(...sorted.slice(1).map((one, index) => one.startMs - (sorted[index]?.startMs ?? one.startMs)));
}
