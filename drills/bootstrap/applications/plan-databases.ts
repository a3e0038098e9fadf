import { createHash } from "node:crypto";
import type { Application } from "../../../settings/applications";
import { DATABASE } from "../../../settings/names";
import type { DatabaseFacts, ServerFacts } from "./facts";
import type { Part, Step, Wanted } from "./step";
import { identifier, text } from "./quote";

type DatabaseOptions = Application["databases"][string];

const GUARD = "understudy_guard";

/** The name of a database while it is made: nobody can be in one of these, so one that a crash has left is empty. */
export function makingName(name: string): string {
  return `understudy_making_${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
}

/**
 * Makes a database that only those enter to whom it is granted. It has another name until that is so: a crash between
 * leaves none that everybody can enter.
 */
function newDatabase(name: string, owner: string, options: DatabaseOptions, guard: boolean): Step {
  const { encoding, locale, connection_limit: limit } = options;
  const [making, made] = [identifier(makingName(name)), identifier(name)];
  const own = encoding !== undefined || locale !== undefined;
  const words = [
    `create database ${making} with owner ${identifier(owner)} allow_connections false connection limit ${limit ?? -1}`,
    ...(own ? ["template template0"] : []),
    ...(encoding === undefined ? [] : [`encoding ${text(encoding)}`]),
    ...(locale === undefined ? [] : [`lc_collate ${text(locale)} lc_ctype ${text(locale)}`]),
  ];
  return {
    words: `database ${name}: make it, owned by ${owner}`,
    in: undefined,
    statements: () => [
      `drop database if exists ${making}`,
      words.join(" "),
      "begin",
      `revoke all on database ${making} from public`,
      ...(guard ? [`grant connect on database ${making} to ${GUARD}`] : []),
      `alter database ${making} with allow_connections true`,
      `alter database ${making} rename to ${made}`,
      "commit",
    ],
  };
}

/** The same locale, written in one of the ways that are common. */
function sameLocale(one: string, other: string): boolean {
  const plain = (words: string): string => words.toLowerCase().replaceAll("-", "");
  return plain(one) === plain(other);
}

function differences(found: DatabaseFacts, owner: string, { encoding, locale }: DatabaseOptions): readonly string[] {
  const field = `applications.${owner}.databases.${found.name}`;
  const fixed = "which only a new database can have";
  return [
    ...(found.owner === owner
      ? []
      : [
          `${field}: database ${found.name} belongs to ${found.owner}; as the superuser: alter database ${identifier(found.name)} owner to ${identifier(owner)}`,
        ]),
    ...(found.letsIn ? [] : [`${field}: database ${found.name} lets nobody in`]),
    ...(encoding === undefined || encoding === found.encoding
      ? []
      : [`${field}.encoding: it has ${found.encoding}, declared is ${encoding}, ${fixed}`]),
    ...(locale === undefined || (sameLocale(locale, found.collate) && sameLocale(locale, found.ctype))
      ? []
      : [`${field}.locale: it has ${found.collate} and ${found.ctype}, declared is ${locale}, ${fixed}`]),
  ];
}

/** Databases with their limits and extensions. */
export function planDatabases({ applications }: Wanted, { roles, databases, extensions, inside }: ServerFacts): Part {
  const guard = roles.some(({ name }) => name === GUARD);
  const steps: Step[] = [];
  const conflicts: string[] = [];
  for (const [owner, application] of Object.entries(applications)) {
    for (const [name, options] of Object.entries(application.databases)) {
      const found = databases.find((one) => one.name === name);
      if (found === undefined) steps.push(newDatabase(name, owner, options, guard));
      else conflicts.push(...differences(found, owner, options));
      const limit = options.connection_limit ?? -1;
      if (found !== undefined && found.connectionLimit !== limit)
        steps.push({
          words: `database ${name}: ${limit === -1 ? "no connection limit" : `connection limit ${limit}`}`,
          in: DATABASE,
          statements: () => [`alter database ${identifier(name)} connection limit ${limit}`],
        });
      for (const extension of options.extensions) {
        if (!extensions.includes(extension))
          conflicts.push(
            `applications.${owner}.databases.${name}.extensions: the server's image has no extension ${extension}`,
          );
        else if (inside[name]?.extensions.includes(extension) !== true)
          steps.push({
            words: `database ${name}: extension ${extension}`,
            in: name,
            after: found === undefined ? name : undefined,
            statements: () => [`create extension if not exists ${identifier(extension)}`],
          });
      }
    }
  }
  return { steps, conflicts, waiting: [] };
}
