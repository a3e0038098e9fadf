import type { Environment } from "../settings/environment";
import { comesBefore, PROMOTION, STEP_NAMES, stepRow, type StepName } from "../settings/steps";
import { composeEvidence } from "./compose-evidence";
import { drillTerms, recorded, type StepOutput } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import type { EvidenceDocument, Failure, StepResult } from "./document";

/**
 * The evidence of a drill that its operator ended at a boundary between two steps: what the steps before it left, the
 * first one that did not begin as failed, the others as skipped. Pure.
 * @param again the command that asks for the same drill once more
 * @throws Error when no step had ended
 */
export function interruptedEvidence(
  { again, ...request }: Omit<DrillRequest, "environmentFile"> & { readonly again: string },
  environment: Pick<Environment, "name" | "objectives">,
  ended: readonly StepOutput[],
): EvidenceDocument {
  const known = STEP_NAMES.flatMap((step) => ended.filter((one) => one.result.step === step).slice(-1));
  const last = known.at(-1);
  if (last === undefined) throw new Error("no step had ended when the drill was interrupted");
  const missing = STEP_NAMES.filter((step) => !known.some((one) => one.result.step === step));
  const failedAlready = known.some(
    ({ result: { step, status } }) =>
      status === "failed" && !stepRow(step)[request.kind].goesOnAfter.includes("failed"),
  );
  const rest = missing.map((step, at): StepOutput => {
    const failure = at === 0 && !failedAlready ? interruption(step, request, again) : null;
    return recorded(
      { result: neverBegan(step, last.result, failure), facts: last.facts },
      drillTerms(request, environment),
    );
  });
  return composeEvidence(request, environment, [...known, ...rest]);
}

function interruption(step: StepName, { kind, toHost }: Pick<DrillRequest, "kind" | "toHost">, again: string): Failure {
  const touched = comesBefore(PROMOTION, step);
  return {
    reason: `its operator interrupted the drill before ${step} began; ${touched ? `${toHost} was promoted, and nobody has counted what was lost` : "no role was changed"}`,
    host: null,
    next: kind === "unplanned" && touched ? again : "understudy status, then a drill with a new id",
    undone: null,
  };
}

function neverBegan(step: StepName, last: StepResult, failure: Failure | null): StepResult {
  return {
    step,
    drillId: last.drillId,
    status: failure === null ? "skipped" : "failed",
    startedAt: last.finishedAt,
    finishedAt: last.finishedAt,
    originNs: last.originNs,
    startedAtMs: last.finishedAtMs,
    finishedAtMs: last.finishedAtMs,
    checks: [],
    marks: [],
    failure,
    factsSha256: null,
  };
}
