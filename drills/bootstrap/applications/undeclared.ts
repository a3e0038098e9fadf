import type { Applications } from "../../../settings/applications";
import { SUPERUSER } from "../../../settings/names";
import { DECLARED, type RoleFacts, type ServerFacts } from "./facts";

/** What a server has that nobody declares, and that is left as it is. */
export interface Undeclared {
  /** What was declared once, or goes beyond what is declared of a role: in words, each one thing. */
  readonly leftOver: readonly string[];
  /** Roles that may log in and that somebody has made by hand. */
  readonly byHand: readonly string[];
}

function isOurs(name: string): boolean {
  return name === SUPERUSER || /^(understudy_|pg_)/.test(name);
}

/** What a role owns, in words; empty when it owns nothing. */
function owned({ name, owns }: RoleFacts, { databases }: ServerFacts): string {
  const own = databases.filter(({ owner }) => owner === name).map((one) => `database ${one.name}`);
  const objects = Object.entries(owns).map(([where, count]) => `${count} object${count === 1 ? "" : "s"} in ${where}`);
  return [...own, ...objects].join(", ");
}

/** Compares what is declared with what is there beside it. Pure. */
export function undeclared(applications: Applications, facts: ServerFacts): Undeclared {
  const { roles, databases } = facts;
  const gone = roles.filter(({ name, note }) => applications[name] === undefined && note?.includes(DECLARED) === true);
  const leftOver = gone.map((role) => {
    const what = owned(role, facts);
    return what === ""
      ? `no longer declared: role ${role.name}, which owns nothing; it is not dropped`
      : `no longer declared: role ${role.name} owns ${what}; it is not dropped`;
  });
  for (const [name, { databases: own, member_of: groups, grants }] of Object.entries(applications)) {
    const role = roles.find((one) => one.name === name);
    for (const database of databases) {
      if (database.owner === name) {
        if (own[database.name] === undefined)
          leftOver.push(`not declared: database ${database.name}, which ${name} owns; it is not dropped`);
        continue;
      }
      const more = (database.rights[name] ?? []).filter(
        (one) => grants[database.name]?.privileges.some((asked) => asked === one) !== true,
      );
      if (more.length > 0)
        leftOver.push(
          `not declared: ${more.join(", ")} on database ${database.name}, which ${name} has; it is not revoked`,
        );
    }
    for (const group of role?.memberOf ?? []) {
      if (!groups.includes(group)) leftOver.push(`not declared: ${name} is a member of ${group}; it is not revoked`);
    }
  }
  const byHand = roles.filter(
    ({ name, mayLogIn }) =>
      mayLogIn && !isOurs(name) && applications[name] === undefined && !gone.some((one) => one.name === name),
  );
  return { leftOver, byHand: byHand.map(({ name }) => name) };
}
