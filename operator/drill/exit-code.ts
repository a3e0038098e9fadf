import type { EvidenceDocument } from "../../evidence/document";

/** Exit code of a drill by its evidence: 0 done, 1 failed, 3 refused as unsafe. */
export function exitCodeOfDrill({ success, steps }: Pick<EvidenceDocument, "success" | "steps">): 0 | 1 | 3 {
  if (success) return 0;
  return steps.some((step) => step.failure?.refused === true) ? 3 : 1;
}
