import { applyOnPrimary, planOnPrimary } from "../../drills/bootstrap/applications/on-primary";
import type { ApplicationsPlan, Wanted } from "../../drills/bootstrap/applications/plan";
import { applicationPasswords } from "../../settings/application-secrets";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { messageOf, UserError } from "../../settings/user-error";
import type { HostStack } from "../failover/pair-stacks";

/** What an `up` made for the declared applications, or would make. */
export interface ApplicationsOutcome {
  /** What was made, or would be, in words. */
  readonly made: readonly string[];
  /** What is declared and has to wait, and what is there and is not declared. */
  readonly notes: readonly string[];
  /** Why it could not be done, or not be read; null when it could. */
  readonly failure: string | null;
}

/**
 * What is declared, with the passwords from every stack's config; undefined where nothing is.
 * @throws UserError, exit code 2, naming the fields whose secret does not do
 */
export async function wantedApplications(
  { applications }: Pick<Environment, "applications">,
  stacks: readonly HostStack[],
): Promise<Wanted | undefined> {
  if (Object.keys(applications).length === 0) return undefined;
  const values = await Promise.all(
    stacks.map(async ({ host, stack }) => ({ stack: host.stack, config: await stack.getAllConfig() })),
  );
  return { applications, passwords: applicationPasswords(applications, values), changePasswords: false };
}

/** Everything of a plan that is to be said and is not done. Pure. */
export function notesOf({ waiting, leftOver }: Pick<ApplicationsPlan, "waiting" | "leftOver">): readonly string[] {
  return [...waiting, ...leftOver];
}

/** Why an `up` does not begin: what the server has in the place of what is declared. Pure. */
export function refusalOfConflicts(conflicts: readonly string[], file: string): UserError | undefined {
  if (conflicts.length === 0) return undefined;
  const password = conflicts.some((words) => /^applications\.[^:]+\.password: /.test(words));
  return new UserError(
    `the applications cannot be made as they are declared, and nothing was changed. ${conflicts.join(". ")}`,
    password
      ? "put the secret back that the role was made with, in both stacks, with pulumi config set --secret; or as the superuser: alter role … password null, then up gives it the new one"
      : `change ${file}, or as the superuser what is named, then understudy up --env-config ${file}`,
    3,
  );
}

/**
 * What an `up` would make for the applications. A pair whose stores do not stand yet cannot be asked: that is said, and all
 * of it is made once they do.
 * @param file the environment file
 * @throws UserError, exit code 3, when what is there is in conflict with what is declared
 */
export async function previewApplications(
  environment: Environment,
  wanted: Wanted | undefined,
  file: string,
): Promise<ApplicationsOutcome | undefined> {
  if (wanted === undefined) return undefined;
  let plan: ApplicationsPlan;
  try {
    plan = await planOnPrimary(namedHosts(environment), wanted);
  } catch (error) {
    return { made: [], notes: [`made once the stores stand; now ${messageOf(error)}`], failure: null };
  }
  const refusal = refusalOfConflicts(plan.conflicts, file);
  if (refusal !== undefined) throw refusal;
  return { made: plan.steps.map(({ words }) => words), notes: notesOf(plan), failure: null };
}

/** Makes what is declared on whichever host is primary; never throws. */
export async function makeApplications(
  environment: Environment,
  wanted: Wanted | undefined,
): Promise<ApplicationsOutcome | undefined> {
  if (wanted === undefined) return undefined;
  try {
    const { made, plan } = await applyOnPrimary(namedHosts(environment), wanted);
    const failure = plan.conflicts.length === 0 ? null : plan.conflicts.join("; ");
    return { made, notes: notesOf(plan), failure };
  } catch (error) {
    return { made: [], notes: [], failure: messageOf(error) };
  }
}

/**
 * Makes what is declared on data that may be older than the declaration, such as restored ones; never throws.
 * @returns what was made and what was not, a line each
 */
export async function remakeApplications(
  environment: Environment,
  stacks: readonly HostStack[],
  file: string,
): Promise<readonly string[]> {
  const next = `next: understudy up --env-config ${file} --execute`;
  try {
    const outcome = await makeApplications(environment, await wantedApplications(environment, stacks));
    if (outcome === undefined) return [];
    const { made, failure } = outcome;
    const lines = made.map((words) => `applications: made: ${words}`);
    return failure === null ? lines : [...lines, `applications: ${failure}; ${next}`];
  } catch (error) {
    return [`applications: ${messageOf(error)}; ${next}`];
  }
}
