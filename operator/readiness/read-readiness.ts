import { evidenceBasis } from "../../evidence/drill-facts";
import { judgeReadiness, type Readiness } from "../../evidence/readiness";
import type { Environment } from "../../settings/environment";
import { readBasis } from "../failover/basis";
import type { HostStack } from "../failover/pair-stacks";
import { findRehearsals } from "./find-rehearsals";

/** Where readiness is read from. */
export interface ReadinessPlaces {
  readonly environment: Environment;
  readonly environmentFile: string;
  readonly stacks: readonly HostStack[];
  /** Folder of the evidence. */
  readonly resultsDir: string;
}

/** Whether the pair is ready, by its evidence and by what is declared now. @throws UserError when either cannot be read */
export async function readReadiness(
  { environment, environmentFile, stacks, resultsDir }: ReadinessPlaces,
  now: Date,
): Promise<Readiness> {
  const [found, basis] = await Promise.all([
    findRehearsals(resultsDir, environment.name),
    readBasis(environment, environmentFile, stacks),
  ]);
  return judgeReadiness({
    ...found,
    basis: evidenceBasis(basis),
    everyDays: environment.policy.rehearse_every_days,
    now,
  });
}
