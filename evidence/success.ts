import type { StepName, StepStatus } from "../settings/steps";
import type { EvidenceDocument } from "./document";

type Kind = Pick<EvidenceDocument["drill"], "mode" | "kind">;

/**
 * How a step of a successful drill may have ended. In an unplanned one demote-primary may have failed, because its host
 * is gone: that the host cannot write is then proved otherwise, or accepted in words.
 */
export function successStatuses({ mode, kind }: Kind, step: StepName): readonly StepStatus[] {
  if (mode === "dry-run") return ["simulated"];
  if (kind === "unplanned" && step === "demote-primary") return ["passed", "failed", "bypassed"];
  if (kind === "unplanned" && step === "backup-sync-check") return ["passed", "bypassed"];
  return ["passed"];
}

/** Whether the steps are those of a success: each ended as it may, and none refused as unsafe. */
export function areOfSuccess(kind: Kind, steps: EvidenceDocument["steps"]): boolean {
  return steps.every(
    ({ step, status, failure }) => successStatuses(kind, step).includes(status) && failure?.refused !== true,
  );
}
