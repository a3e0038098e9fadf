import type { Credentials } from "../settings/credentials";
import type { StepName } from "../settings/steps";
import type { DrillRequest } from "../evidence/drill-request";
import { runStep, type StepInput } from "./engine/run-step";
import { underEngine } from "./engine/under-engine";

/** Where the step resource's provider enters: plain data in, plain data out. The credentials do not come back out. */
export async function stepEntry(inputs: {
  step: StepName;
  drillId: string;
  request: string;
  previous: string;
  credentials: Credentials;
}): Promise<{ step: StepName; drillId: string; result: string }> {
  const returned = await underEngine(() =>
    runStep({
      step: inputs.step,
      request: JSON.parse(inputs.request) as DrillRequest,
      previous: JSON.parse(inputs.previous) as StepInput["previous"],
      credentials: inputs.credentials,
    }),
  );
  return { step: inputs.step, drillId: inputs.drillId, result: JSON.stringify(returned) };
}
