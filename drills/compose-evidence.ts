import type { Environment } from "../settings/environment";
import { noFacts, type DrillFacts } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import type { EvidenceDocument, StepResult } from "./evidence/document";

/** What one step leaves: its result, and everything the drill has found out up to then. */
export interface StepOutput {
  readonly result: StepResult;
  readonly facts: DrillFacts;
}

/**
 * Puts the evidence together from what the steps left, in their order. Pure: no clock, no host.
 * @throws Error when there are no steps
 */
export function composeEvidence(
  request: Omit<DrillRequest, "environmentFile">,
  environment: Pick<Environment, "name" | "objectives">,
  outputs: readonly StepOutput[],
): EvidenceDocument {
  const steps = outputs.map((one) => one.result);
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) throw new Error("evidence needs at least one step");
  const failed = steps.find((step) => step.status === "failed");
  const { topologyBefore, topologyAfter, ...facts } = outputs.reduce<DrillFacts>(
    (known, { result, facts: newer }) => (result.status === "skipped" ? known : newer),
    noFacts(),
  );
  return {
    version: 1,
    drill: {
      id: request.id,
      nonce: request.nonce,
      mode: request.mode,
      kind: request.kind,
      environment: environment.name,
      fromHost: request.fromHost,
      toHost: request.toHost,
      startedAt: first.startedAt,
      finishedAt: last.finishedAt,
      durationMs: Math.max(0, Math.round((last.finishedAtMs - first.startedAtMs) * 1000) / 1000),
    },
    success: steps.every((step) => leadsToSuccess(step, request.kind)),
    failedStep: failed?.step ?? null,
    steps,
    topology: { before: topologyBefore, after: topologyAfter },
    ...facts,
    objectives: {
      maxFailoverSeconds: environment.objectives.max_failover_seconds,
      maxDataLagEvents:
        request.kind === "planned"
          ? environment.objectives.max_data_lag_events
          : environment.objectives.max_unplanned_loss_events,
    },
  };
}

/** In an unplanned drill the old primary's demotion may fail, since its host is gone; nothing else may. */
function leadsToSuccess({ step, status }: StepResult, kind: DrillRequest["kind"]): boolean {
  if (status === "passed" || status === "simulated") return true;
  return kind === "unplanned" && step === "demote-primary" && (status === "failed" || status === "bypassed");
}
