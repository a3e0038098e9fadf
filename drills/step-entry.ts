import type { Credentials } from "../settings/credentials";
import type { StepName } from "../settings/steps";
import type { DrillRequest } from "../evidence/drill-request";
import { openDrill, type DrillOpener } from "./engine/drill-kind";
import type { StepInput } from "./engine/drill-run";
import { runStep } from "./engine/run-step";
import { underEngine } from "./engine/under-engine";
import { plannedKind } from "./planned/planned";
import { unplannedKind } from "./unplanned/unplanned";

/** Opens a drill of the kind that its request names. */
export const openOfItsKind: DrillOpener = (input, clock) =>
  input.request.kind === "planned" ? openDrill(plannedKind, input, clock) : openDrill(unplannedKind, input, clock);

/** Where the step resource's provider enters: plain data in, plain data out. The credentials do not come back out. */
export async function stepEntry(inputs: {
  step: StepName;
  drillId: string;
  request: string;
  previous: string;
  credentials: Credentials;
}): Promise<{ step: StepName; drillId: string; result: string }> {
  const returned = await underEngine(() =>
    runStep(
      {
        step: inputs.step,
        request: JSON.parse(inputs.request) as DrillRequest,
        previous: JSON.parse(inputs.previous) as StepInput["previous"],
        credentials: inputs.credentials,
      },
      openOfItsKind,
    ),
  );
  return { step: inputs.step, drillId: inputs.drillId, result: JSON.stringify(returned) };
}
