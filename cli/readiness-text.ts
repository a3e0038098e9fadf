import type { Readiness } from "../evidence/readiness";

/** Whether the pair is ready, as a person reads it: one word, why, and the next command. */
export function readinessText({ ready, reasons, rehearsal, validUntil }: Readiness): string {
  const until = validUntil === null ? "" : `, good until ${validUntil}`;
  const last = rehearsal === null ? "none" : `${rehearsal.id}, ended ${rehearsal.finishedAt}${until}`;
  const lines = [
    ready ? "READY" : "NOT VERIFIED",
    ...reasons.map((reason) => `  why       ${reason}`),
    `  rehearsed ${last}`,
    ...(rehearsal === null ? [] : [`            ${rehearsal.evidence}`]),
    ...(ready ? [] : ["  next      understudy drill, then understudy drill --execute"]),
  ];
  return `${lines.join("\n")}\n`;
}
