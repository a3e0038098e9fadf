import { planOnPrimary } from "../../drills/bootstrap/applications/on-primary";
import type { ApplicationsPlan } from "../../drills/bootstrap/applications/plan";
import { bounded } from "../../drills/hosts/bounded";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";

/** How the primary's applications are otherwise than declared, in words. */
export interface ApplicationDrift {
  /** What is declared and not there, or not as declared. */
  readonly missing: readonly string[];
  /** What is there and no longer declared, or was never: it stays. */
  readonly leftOver: readonly string[];
}

/** Longest that a status waits for it, milliseconds. */
const DRIFT_MS = 10_000;

/** Reads it on the primary, without comparing passwords; undefined where all is as declared, or nothing is declared. */
export async function readApplicationDrift(environment: Environment): Promise<ApplicationDrift | undefined> {
  const { applications } = environment;
  if (Object.keys(applications).length === 0) return undefined;
  const wanted = { applications, passwords: undefined, changePasswords: false };
  return bounded("PostgreSQL", DRIFT_MS, planOnPrimary(namedHosts(environment), wanted)).then(
    driftOf,
    (error: unknown) => ({
      missing: [`they cannot be read: ${messageOf(error)}`],
      leftOver: [],
    }),
  );
}

/** What of a plan is drift. Pure. */
export function driftOf({ steps, conflicts, waiting, leftOver }: ApplicationsPlan): ApplicationDrift | undefined {
  const missing = [...conflicts, ...steps.map(({ words }) => `not made yet: ${words}`), ...waiting];
  return missing.length + leftOver.length === 0 ? undefined : { missing, leftOver };
}
