import type { EvidenceDocument } from "../../evidence/document";
import type { Verdict } from "../../evidence/verify/verify-evidence";
import type { Environment } from "../../settings/environment";
import { readExecuted } from "../bench/executed-evidence";
import type { EvidenceVerdict } from "./cell";

/** What a drill left behind, and what the verifier says of it. */
export interface EvidenceSeen {
  /** Null when there is no evidence of this drill. */
  readonly document: EvidenceDocument | null;
  readonly verdict: EvidenceVerdict;
  /** The step that failed and why, or the rules that refuse it; null when it is accepted. */
  readonly detail: string | null;
}

/** Reads a drill's evidence and verifies it by the objectives of its kind, as a gate would. */
export async function evidenceOf(
  file: string,
  {
    drillId,
    kind,
    lostAtMost,
  }: { readonly drillId: string; readonly kind: "planned" | "unplanned"; readonly lostAtMost: number },
  environment: Environment,
): Promise<EvidenceSeen> {
  const most = kind === "planned" ? environment.objectives.max_data_lag_events : lostAtMost;
  const read = await readExecuted(file, environment, most);
  if (read.document === null) return { document: null, verdict: "none", detail: read.reason };
  if (read.document.drill.id !== drillId) return { document: null, verdict: "none", detail: "it is another drill's" };
  return { document: read.document, ...judged(read.document, read.verdict) };
}

function judged(document: EvidenceDocument, verdict: Verdict): Pick<EvidenceSeen, "verdict" | "detail"> {
  if (!document.success) {
    const step = document.steps.find((one) => one.step === document.failedStep);
    return {
      verdict: "failed",
      detail: `${document.failedStep ?? "no step"}: ${step?.failure?.reason ?? "no reason"}`,
    };
  }
  switch (verdict.verdict) {
    case "accepted":
      return { verdict: "accepted", detail: null };
    case "refused":
      return { verdict: "refused", detail: [...new Set(verdict.violations.map((one) => one.rule))].join(", ") };
    case "unverifiable":
      return { verdict: "none", detail: verdict.reason };
  }
}
