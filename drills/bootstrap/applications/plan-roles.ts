import { PREDEFINED_ROLES } from "../../../settings/application-names";
import type { Application } from "../../../settings/applications";
import { DATABASE } from "../../../settings/names";
import { isVerifierOf, scramVerifier } from "../scram";
import { noted, type RoleFacts, type ServerFacts } from "./facts";
import type { Part, Step, Wanted } from "./step";
import { identifier, text } from "./quote";

function step(words: string, ...statements: readonly string[]): Step {
  return { words, in: DATABASE, statements: () => statements };
}

function limitOf(limit: number | undefined): number {
  return limit ?? -1;
}

function passwordStep(words: string, name: string, password: string): Step {
  const statement = (): string => `alter role ${identifier(name)} password ${text(scramVerifier(password))}`;
  return { words, in: DATABASE, statements: () => [statement()] };
}

function newRole(
  name: string,
  { password: key, connection_limit: limit }: Application,
  password: string | undefined,
): Step {
  const login = key === undefined ? "nologin" : "login";
  const create = (): string =>
    [
      `create role ${identifier(name)} with ${login} connection limit ${limitOf(limit)}`,
      ...(password === undefined ? [] : [`password ${text(scramVerifier(password))}`]),
    ].join(" ");
  const words = `role ${name}: make it, ${key === undefined ? "as which nobody logs in" : `with the password understudy:${key}`}`;
  return {
    words,
    in: DATABASE,
    statements: () => [create(), `comment on role ${identifier(name)} is ${text(noted(null))}`],
  };
}

/** What of a role that is there differs, but for its password. */
function changedRole(found: RoleFacts, { password: key, connection_limit: limit }: Application): readonly Step[] {
  const { name } = found;
  const role = identifier(name);
  const login = key !== undefined;
  return [
    ...(found.mayLogIn === login
      ? []
      : [
          step(
            `role ${name}: ${login ? "let it log in" : "let nobody log in as it"}`,
            `alter role ${role} ${login ? "" : "no"}login`,
          ),
        ]),
    ...(found.connectionLimit === limitOf(limit)
      ? []
      : [
          step(
            `role ${name}: ${limit === undefined ? "no connection limit" : `connection limit ${limit}`}`,
            `alter role ${role} connection limit ${limitOf(limit)}`,
          ),
        ]),
    ...(noted(found.note) === found.note
      ? []
      : [step(`role ${name}: note that it is declared`, `comment on role ${role} is ${text(noted(found.note))}`)]),
  ];
}

/** What becomes of the password of a role that is there. */
function changedPassword(
  { name, verifier }: RoleFacts,
  key: string | undefined,
  { passwords, changePasswords }: Wanted,
): { readonly step?: Step; readonly conflict?: string } {
  const password = passwords?.get(name);
  if (key === undefined || password === undefined || isVerifierOf(verifier, password)) return {};
  if (verifier === null) return { step: passwordStep(`role ${name}: the password understudy:${key}`, name, password) };
  if (changePasswords)
    return { step: passwordStep(`role ${name}: the new password understudy:${key}`, name, password) };
  return {
    conflict: `applications.${name}.password: understudy:${key} is not the password of role ${name}, which the config alone does not change; give it to the running pair: understudy rotate application ${name} --execute; or put the old one back in both stacks`,
  };
}

/** What a role has, itself or as a member of others, that no application may have. */
function powers(there: ReadonlyMap<string, RoleFacts>, role: string): readonly string[] {
  const reached = new Set([role]);
  for (const one of reached) for (const group of there.get(one)?.memberOf ?? []) reached.add(group);
  return [...reached].flatMap((one) => {
    const attributes = there.get(one)?.attributes ?? [];
    const risky = /^pg_/.test(one) && !PREDEFINED_ROLES.includes(one) ? ["its rights"] : [];
    return [...attributes, ...risky].map((what) => (one === role ? what : `${what} by ${one}`));
  });
}

/** Roles, their attributes and memberships. */
export function planRoles(wanted: Wanted, { roles }: ServerFacts): Part {
  const there = new Map(roles.map((one) => [one.name, one]));
  const steps: Step[] = [];
  const conflicts: string[] = [];
  for (const [name, application] of Object.entries(wanted.applications)) {
    const found = there.get(name);
    if (found === undefined) {
      steps.push(newRole(name, application, wanted.passwords?.get(name)));
      continue;
    }
    if (found.attributes.length > 0)
      conflicts.push(
        `applications.${name}: role ${name} has ${found.attributes.join(", ")}, which no application has; as the superuser: alter role ${identifier(name)} ${found.attributes.map((one) => `no${one}`).join(" ")}`,
      );
    steps.push(...changedRole(found, application));
    const { step: change, conflict } = changedPassword(found, application.password, wanted);
    if (change !== undefined) steps.push(change);
    if (conflict !== undefined) conflicts.push(conflict);
  }
  // After all roles are there: a member may stand before its group.
  for (const [name, { member_of: groups }] of Object.entries(wanted.applications)) {
    for (const group of groups) {
      const found = there.get(group);
      if (found === undefined && wanted.applications[group] === undefined)
        conflicts.push(`applications.${name}.member_of: there is no role ${group}`);
      else if (powers(there, group).length > 0)
        conflicts.push(`applications.${name}.member_of: role ${group} has ${powers(there, group).join(", ")}`);
      else if (there.get(name)?.memberOf.includes(group) !== true)
        steps.push(step(`role ${name}: member of ${group}`, `grant ${identifier(group)} to ${identifier(name)}`));
    }
  }
  return { steps, conflicts, waiting: [] };
}
