import { z } from "zod";
import type { DrillConfig } from "../settings/drill-config";
import { findingRow, severityOf, type FindingSeverity } from "../settings/findings";

const store = z.enum(["timescaledb", "redis"]);
const key = z.string().regex(/^[a-z][a-z-]{0,63}$/);

/** One thing that was found on a server before anything was touched, and what became of the run for it. */
export const serverFindingSchema = z.strictObject({
  /** Its row in the table of findings, settings/findings.ts. */
  key,
  store,
  /** The host on which it was found. */
  host: z.string(),
  severity: z.enum(["refused", "ended", "noted"]),
  /** What was found there. */
  detail: z.string().min(1),
  /** What an operator does about it; null where there is nothing to do. */
  next: z.string().nullable(),
});

/** What was found on the servers before anything was touched. */
export const findingsSchema = z.strictObject({
  readAt: z.iso.datetime({ precision: 3 }),
  listed: z.array(serverFindingSchema),
  /** Findings that would have refused the run, and with which the operator went on by a word. */
  accepted: z.array(key),
});

/** One thing that was found on a server. */
export type ServerFinding = z.infer<typeof serverFindingSchema>;
/** What was found on the servers. */
export type FindingsEvidence = z.infer<typeof findingsSchema>;

/** The findings with which a run of this kind may not go on: by the table, and by what is written where it does not know them. */
export function standingAgainst(
  { listed, accepted }: FindingsEvidence,
  kind: DrillConfig["kind"],
): readonly ServerFinding[] {
  return listed.filter(({ key: found, severity }) => {
    const worst: FindingSeverity = severityOf(found, kind) ?? severity;
    const byWord = findingRow(found)?.unless !== undefined && accepted.includes(found);
    return (worst === "refused" || severity === "refused") && !byWord;
  });
}
