import type { EnvValues } from "../env-contract";

/** Evidence that a gate has accepted, and when (ISO 8601, UTC). */
export interface AcceptedEvidence {
  readonly at: string;
  readonly mode: string;
  readonly id: string;
  readonly sha256: string;
}

/**
 * Whether evidence is of the drill that was accepted: the same text, or the same id of two executed drills. A dry run may
 * be repeated, and executed, under its id.
 */
export function isSameDrill(accepted: AcceptedEvidence, env: EnvValues): boolean {
  const executed = accepted.mode === "execute" && env.FAILOVER_MODE === "execute";
  return accepted.sha256 === env.FAILOVER_EVIDENCE_SHA256 || (executed && accepted.id === env.FAILOVER_ID);
}
