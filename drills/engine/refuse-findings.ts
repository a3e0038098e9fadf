import type { FindingsEvidence } from "../../evidence/findings";
import type { DrillRequest } from "../../evidence/drill-request";
import { findingsChecks, findingsRefusal } from "../hosts/findings/refuse-findings";
import { StepFailure, type StepRecorder } from "./step-recorder";

/** Notes what was found as comparisons. @throws StepFailure, refused, when the drill may not begin with it */
export function refuseFindings(
  findings: FindingsEvidence,
  kind: DrillRequest["kind"],
  recorder: Pick<StepRecorder, "note">,
): void {
  recorder.note(findingsChecks(findings, kind));
  const refusal = findingsRefusal(findings, kind);
  if (refusal !== undefined) throw new StepFailure(refusal);
}
