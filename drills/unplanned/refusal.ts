import type { DrillRequest } from "../../evidence/drill-request";
import type { Failure } from "../../evidence/document";
import type { AbsenceVerdict } from "./signals";

/** Why a drill may not go on with this verdict, and the exact words that would allow it; undefined when it may. */
export function refusalOf(
  verdict: AbsenceVerdict,
  request: Pick<DrillRequest, "fence_live_primary" | "toHost" | "fromHost">,
): Pick<Failure, "reason" | "next" | "refused"> | undefined {
  switch (verdict.verdict) {
    case "gone":
      return undefined;
    case "present":
      return {
        reason: `${verdict.reason}; roles of hosts that answer are exchanged by a planned drill`,
        next: `understudy failover --to ${request.toHost}`,
        refused: true,
      };
    case "out-of-reach":
      if (request.fence_live_primary === true) return undefined;
      return {
        reason: `${verdict.reason}; promoting ${request.toHost} now would make two writers`,
        next: `understudy failover --unplanned --to ${request.toHost} --fence-live-primary --execute, which stops ${request.fromHost} through ${request.toHost} first`,
        refused: true,
      };
  }
}
