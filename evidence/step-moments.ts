import type { StoreName } from "../settings/services";
import type { StepName } from "../settings/steps";
import type { EvidenceDocument, StepResult } from "./document";

type Steps = Pick<EvidenceDocument, "steps">;

/** The result of one step, if the document has it. */
export function stepOf({ steps }: Steps, name: StepName): StepResult | undefined {
  return steps.find((step) => step.step === name);
}

/** Name of the mark inside promote-standby at which a store's promotion began. */
export function promotionMark(store: StoreName): string {
  return `promote-${store}`;
}

/** When the promotion of a store began, in milliseconds after the drill began; undefined without its mark. */
export function promotedAtMs(document: Steps, store: StoreName): number | undefined {
  return stepOf(document, "promote-standby")?.marks.find((mark) => mark.name === promotionMark(store))?.atMs;
}
