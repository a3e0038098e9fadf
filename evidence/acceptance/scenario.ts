import type { JudgedEvidence } from "../report/judged-evidence";
import type { HealthReport } from "./health-report";
import type { RequirementsOffer } from "./requirements-verdict";

/** Everything that is offered for acceptance. */
export interface Offered {
  /** In the order in which the drills began. */
  readonly drills: readonly JudgedEvidence[];
  readonly health: readonly HealthReport[];
  readonly requirements: readonly RequirementsOffer[];
}

/** One piece of evidence for a scenario, and what it shows of it. */
export interface Exhibit {
  readonly source: string;
  readonly sha256: string;
  /** The verifier's word on it, or what takes its place. */
  readonly verdict: string;
  readonly shows: string;
}

/** One acceptance scenario: what must be seen, and how to find it in what is offered. */
export interface Scenario {
  readonly id: string;
  readonly sentence: string;
  /** What to do so that there is evidence for it. */
  readonly obtain: string;
  /** The evidence that shows it; empty when none does. */
  readonly find: (offered: Offered) => readonly Exhibit[];
}

/** A drill's evidence as an exhibit. */
export function exhibit({ source, sha256, verdict }: JudgedEvidence, shows: string): Exhibit {
  return { source, sha256, verdict: verdict.verdict, shows };
}
