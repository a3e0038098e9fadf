import type { Environment } from "../settings/environment";
import { sectionsOf, type StepOutput } from "./drill-facts";
import type { DrillRequest } from "./drill-request";
import { factsSha256, type DrillTerms } from "./facts-digest";

/** What a drill is started with, in the words of the evidence. */
export function drillTerms(
  { id, nonce, mode, kind, fromHost, toHost }: Omit<DrillRequest, "environmentFile">,
  { name, objectives }: Pick<Environment, "name" | "objectives">,
): DrillTerms {
  const lost = kind === "planned" ? objectives.max_data_lag_events : objectives.max_unplanned_loss_events;
  return {
    ...{ id, nonce, mode, kind, environment: name, fromHost, toHost },
    objectives: { maxFailoverSeconds: objectives.max_failover_seconds, maxDataLagEvents: lost },
  };
}

/**
 * What a step leaves, with the digest that ties it to its run. It is made when the step ends, before anything is kept:
 * a nonce or an objective that is changed later does not fit what was recorded.
 */
export function recorded<T extends StepOutput>(output: T, terms: DrillTerms): T {
  const digest = factsSha256(terms, sectionsOf(output.facts));
  return { ...output, result: { ...output.result, factsSha256: digest } };
}
