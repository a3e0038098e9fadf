import type { DrillRequest } from "../../evidence/drill-request";

/** What an operator does whose planned drill finds a host away. */
export function unreachableNext({ kind, toHost }: Pick<DrillRequest, "kind" | "toHost">): string {
  return kind === "planned"
    ? `understudy status; if the primary is gone: understudy failover --unplanned --to ${toHost}`
    : "understudy status";
}
