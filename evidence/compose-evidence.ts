import type { EvidenceDocument } from "./document";
import { type DrillFacts, drillTerms, noFacts, sectionsOf, type StepOutput } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import { recoveryFigures } from "./recovery-figures";
import type { Environment } from "../settings/environment";
import { stepRow, type StepName, type StepStatus } from "../settings/steps";

type Kind = Pick<EvidenceDocument["drill"], "mode" | "kind">;

/** How a step of a successful drill may have ended: so that the drill went on. */
export function successStatuses({ mode, kind }: Kind, step: StepName): readonly StepStatus[] {
  return mode === "dry-run" ? ["simulated"] : stepRow(step)[kind].goesOnAfter;
}

/** Whether the steps are those of a success: each ended as it may, and none refused as unsafe. */
export function areOfSuccess(kind: Kind, steps: EvidenceDocument["steps"]): boolean {
  return steps.every(
    ({ step, status, failure }) => successStatuses(kind, step).includes(status) && failure?.refused !== true,
  );
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
  const facts = outputs.reduce<DrillFacts>(
    (known, { result, facts: newer }) => (result.status === "skipped" ? known : newer),
    noFacts(),
  );
  const { objectives, ...terms } = drillTerms(request, environment);
  const drill = {
    ...terms,
    startedAt: first.startedAt,
    finishedAt: last.finishedAt,
    durationMs: Math.max(0, Math.round((last.finishedAtMs - first.startedAtMs) * 1000) / 1000),
  };
  const found = sectionsOf(facts);
  const unplanned = found.unplanned && {
    ...found.unplanned,
    ...recoveryFigures({ drill, steps, probe: found.probe }),
  };
  return {
    version: 1,
    drill,
    success: areOfSuccess(request, steps),
    failedStep: steps.find((step) => step.status === "failed")?.step ?? null,
    steps,
    ...found,
    unplanned,
    objectives,
  };
}
