import { createHash } from "node:crypto";

/** The id of a drill's trace, 32 hexadecimal digits: whoever knows the drill's id finds the trace. */
export function traceIdOf(drillId: string): string {
  return digits(`understudy drill ${drillId}`, 16);
}

/**
 * The id of one of its spans, 16 hexadecimal digits: a trace that is sent twice is the same spans. A drill that was
 * refused may bear the id of one that ran, so when it began is a part of it.
 * @param number of the span, in the order of the tree
 */
export function spanIdOf(drillId: string, startedAt: string, number: number): string {
  return digits(`understudy span ${drillId} ${startedAt} ${String(number)}`, 8);
}

function digits(text: string, bytes: number): string {
  return createHash("sha256").update(text).digest().subarray(0, bytes).toString("hex");
}
