import { NoServers, planOnPrimary } from "../../drills/bootstrap/applications/on-primary";
import type { ApplicationsPlan } from "../../drills/bootstrap/applications/plan";
import type { Environment } from "../../settings/environment";
import { namedHosts } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { good, problem, unknown, type Finding } from "./finding";

const CHECK = "applications";

/** Whether the primary has what is declared of applications, and what beside; nothing where nobody can be asked and none are declared. */
export async function applicationFindings(environment: Environment): Promise<readonly Finding[]> {
  const { applications } = environment;
  try {
    const wanted = { applications, passwords: undefined, changePasswords: false };
    return judgeApplications(Object.keys(applications).length, await planOnPrimary(namedHosts(environment), wanted));
  } catch (error) {
    return unreadApplications(Object.keys(applications).length, error);
  }
}

/** What is said where no primary could be asked: a pair that does not run yet lacks nothing. Pure. */
export function unreadApplications(declared: number, error: unknown): readonly Finding[] {
  if (declared === 0) return [];
  if (error instanceof NoServers)
    return [
      good(
        CHECK,
        null,
        `${declared} declared; no host has a container of PostgreSQL: understudy up --execute makes it, and them`,
      ),
    ];
  return [unknown(CHECK, null, `the databases and roles of applications: ${messageOf(error)}`, "understudy status")];
}

/** What is said of a plan. Pure. @param declared how many applications are */
export function judgeApplications(
  declared: number,
  { steps, conflicts, waiting, leftOver, byHand }: ApplicationsPlan,
): readonly Finding[] {
  const counted = byHand.length === 0 ? "" : `; made by hand: ${byHand.length} that may log in`;
  const wrong = [
    ...conflicts.map((words) => problem(CHECK, null, words, "understudy up")),
    ...steps.map(({ words }) => problem(CHECK, null, `not made yet: ${words}`, "understudy up --execute")),
    ...waiting.map((words) => problem(CHECK, null, words, "make the schema, then understudy up --execute")),
    ...leftOver.map((words) =>
      problem(CHECK, null, words, "declare it, or take it away by hand: docs/design/accounts.md says how"),
    ),
  ];
  if (wrong.length > 0 || (declared === 0 && byHand.length === 0)) return wrong;
  return [good(CHECK, null, `${declared} declared, and the primary has all that they are declared to have${counted}`)];
}
