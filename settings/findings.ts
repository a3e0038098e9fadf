import type { DrillConfig } from "./drill-config";
import type { FindingRow, FindingSeverity } from "./findings/finding-row";
import { POSTGRES_FINDINGS } from "./findings/postgres-findings";
import { REDIS_FINDINGS } from "./findings/redis-findings";
import type { StoreName } from "./services";

export type { FindingRow, FindingSeverity };

/** What every store may be found to be: silent. What is not known is never taken for good. */
const UNREAD = {
  key: "not-read",
  planned: "refused",
  unplanned: "noted",
  reads: "whatever did not answer within its time",
  means: "what it would have said is unknown",
  next: "understudy status",
} as const satisfies FindingRow;

/**
 * The one table of what is read of the servers before a run, by store: what each finding means, and what becomes of the
 * run. Precheck, dry run, the verifier, the reports and the page docs/design/findings.md read it.
 */
export const FINDINGS = {
  timescaledb: [...POSTGRES_FINDINGS, UNREAD],
  redis: [...REDIS_FINDINGS, UNREAD],
} as const satisfies Readonly<Record<StoreName, readonly FindingRow[]>>;

/** The name of a finding, as evidence and reports write it. */
export type FindingKey = (typeof FINDINGS)[StoreName][number]["key"];

const ROWS: ReadonlyMap<string, FindingRow> = new Map(
  Object.values(FINDINGS)
    .flat()
    .map((row) => [row.key, row]),
);

/** The row of a finding; undefined for a key that this version does not know. */
export function findingRow(key: string): FindingRow | undefined {
  return ROWS.get(key);
}

/** What becomes of a run of one kind that meets a finding; null where it is not read, undefined for an unknown key. */
export function severityOf(key: string, kind: DrillConfig["kind"]): FindingSeverity | null | undefined {
  return findingRow(key)?.[kind];
}
