import { planDatabases } from "./plan-databases";
import { planGrants } from "./plan-grants";
import { planRoles } from "./plan-roles";
import type { ServerFacts } from "./facts";
import type { Part, Wanted } from "./step";
import { undeclared, type Undeclared } from "./undeclared";

/** What it takes to have on a server what is declared, and what is there beside. */
export interface ApplicationsPlan extends Part, Undeclared {}

/**
 * Compares what is declared with what a server has: only what differs is done, and nothing that is there is dropped or
 * taken away. Pure.
 */
export function planApplications(wanted: Wanted, facts: ServerFacts): ApplicationsPlan {
  const parts = [planRoles(wanted, facts), planDatabases(wanted, facts), planGrants(wanted, facts)];
  return {
    steps: parts.flatMap(({ steps }) => steps),
    conflicts: parts.flatMap(({ conflicts }) => conflicts),
    waiting: parts.flatMap(({ waiting }) => waiting),
    ...undeclared(wanted.applications, facts),
  };
}
