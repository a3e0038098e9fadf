import type { Application } from "../../../settings/applications";
import { DATABASE } from "../../../settings/names";
import type { SchemaFacts, ServerFacts } from "./facts";
import type { Part, Step, Wanted } from "./step";
import { identifier } from "./quote";

type SchemaGrant = Application["grants"][string]["schemas"][string];

/** What a schema of a database that is not there yet lacks: all. */
function allOf(role: string, schema: string, { privileges, tables, sequences }: SchemaGrant): SchemaFacts {
  // A database has `public` from the beginning.
  const exists = schema === "public";
  return {
    role,
    schema,
    exists,
    lacks: privileges,
    tables: 0,
    sequences: 0,
    laterTables: tables,
    laterSequences: sequences,
  };
}

/** Each missing right in a schema as words and a statement. */
function missing(found: SchemaFacts, asked: SchemaGrant, owner: string): readonly (readonly [string, string])[] {
  const [to, schema] = [identifier(found.role), identifier(found.schema)];
  const later = `alter default privileges for role ${identifier(owner)} in schema ${schema}`;
  const [tables, sequences] = [asked.tables.join(", "), asked.sequences.join(", ")];
  return [
    ...(found.lacks.length === 0
      ? []
      : [[found.lacks.join(", "), `grant ${found.lacks.join(", ")} on schema ${schema} to ${to}`] as const]),
    ...(found.tables === 0
      ? []
      : [[`${tables} on its tables`, `grant ${tables} on all tables in schema ${schema} to ${to}`] as const]),
    ...(found.laterTables.length === 0
      ? []
      : [[`${tables} on tables that ${owner} makes later`, `${later} grant ${tables} on tables to ${to}`] as const]),
    ...(found.sequences === 0
      ? []
      : [
          [
            `${sequences} on its sequences`,
            `grant ${sequences} on all sequences in schema ${schema} to ${to}`,
          ] as const,
        ]),
    ...(found.laterSequences.length === 0
      ? []
      : [
          [
            `${sequences} on sequences that ${owner} makes later`,
            `${later} grant ${sequences} on sequences to ${to}`,
          ] as const,
        ]),
  ];
}

/** Rights in databases that others own. */
export function planGrants({ applications }: Wanted, { databases, inside }: ServerFacts): Part {
  const steps: Step[] = [];
  const conflicts: string[] = [];
  const waiting: string[] = [];
  const declaredOwner = (name: string): string | undefined =>
    Object.entries(applications).find(([, one]) => one.databases[name] !== undefined)?.[0];
  for (const [role, { grants }] of Object.entries(applications)) {
    for (const [name, { privileges, schemas }] of Object.entries(grants)) {
      const found = databases.find((one) => one.name === name);
      const owner = found?.owner ?? declaredOwner(name);
      if (owner === undefined) {
        conflicts.push(`applications.${role}.grants.${name}: there is no database ${name}, and none is declared`);
        continue;
      }
      if (found?.letsIn === false) {
        conflicts.push(`applications.${role}.grants.${name}: database ${name} lets nobody in`);
        continue;
      }
      const after = found === undefined ? name : undefined;
      const lacks = privileges.filter((one) => found?.rights[role]?.includes(one) !== true);
      if (lacks.length > 0)
        steps.push({
          words: `role ${role}: ${lacks.join(", ")} on database ${name}`,
          in: DATABASE,
          after,
          statements: () => [`grant ${lacks.join(", ")} on database ${identifier(name)} to ${identifier(role)}`],
        });
      for (const [schema, asked] of Object.entries(schemas)) {
        const facts =
          inside[name]?.schemas.find((one) => one.role === role && one.schema === schema) ?? allOf(role, schema, asked);
        if (!facts.exists)
          waiting.push(`applications.${role}.grants.${name}.schemas.${schema}: the schema is not there yet`);
        else
          for (const [words, statement] of missing(facts, asked, owner))
            steps.push({
              words: `role ${role}: ${words} in schema ${schema} of database ${name}`,
              in: name,
              after,
              statements: () => [statement],
            });
      }
    }
  }
  return { steps, conflicts, waiting };
}
