import { OWN_FUNCTIONS, OWN_ROLES, RIGHTS, type OwnFunction } from "../../settings/own-roles";
import { markdownTable } from "./markdown";

/** The tables of the page on accounts: our roles, their rights, and what they have carried out as functions. */
export function accountsParts(): Readonly<Record<"roles" | "rights" | "functions", string>> {
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
  };
}
