import { OWN_FUNCTIONS, OWN_ROLES, RIGHTS, type OwnFunction } from "../../settings/own-roles";
import { OWN_REDIS_USERS, REDIS_RIGHTS } from "../../settings/own-redis-users";
import { markdownTable } from "./markdown";

type Part = "roles" | "rights" | "functions" | "redis-users" | "redis-rights";

/** The tables of the page on accounts: our roles, their rights, what they have carried out as functions, and the same of Redis. */
export function accountsParts(): Readonly<Record<Part, string>> {
  return {
    roles: markdownTable(
      ["role", "who logs in as it"],
      Object.entries(OWN_ROLES).map(([role, who]) => [`\`${role}\``, who]),
    ),
    rights: markdownTable(
      ["role", "may", "for"],
      RIGHTS.map((right) => [`\`${right.role}\``, `\`${right.grant}\``, right.for]),
    ),
    functions: markdownTable(
      ["function", "role", "what it does"],
      Object.entries<OwnFunction>(OWN_FUNCTIONS).map(([name, { takes, roles, does }]) => [
        `\`${name}(${takes})\``,
        roles.map((role) => `\`${role}\``).join(", "),
        does,
      ]),
    ),
    "redis-users": markdownTable(
      ["user", "who logs in as it"],
      Object.entries(OWN_REDIS_USERS).map(([user, who]) => [`\`${user}\``, who]),
    ),
    "redis-rights": markdownTable(
      ["user", "may", "for"],
      REDIS_RIGHTS.map((right) => [`\`${right.user}\``, `\`${right.rules.join(" ")}\``, right.for]),
    ),
  };
}
