import { pairBackup } from "../../settings/pair";
import type { FindingsEvidence } from "../../evidence/findings";
import type { RunState } from "../engine/drill-run";
import { findingSource, readFindings } from "../hosts/findings/read-findings";

/**
 * Reads the standby's servers as they are. What only the primary could say is left out, and nothing refuses the drill that
 * cannot be changed while the primary is gone. Never throws.
 */
export function readStandbyFindings({
  to,
  environment,
  request,
}: Pick<RunState, "to" | "environment" | "request">): Promise<FindingsEvidence> {
  return readFindings(
    {
      from: null,
      fromHost: request.fromHost,
      to: findingSource(to, environment),
      backup: pairBackup(environment) !== undefined,
    },
    request,
  );
}
