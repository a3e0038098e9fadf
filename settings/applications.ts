import { z } from "zod";
import { applicationName, databaseName, extensionName, groupName, schemaName } from "./application-names";
import { redisAccessSchema } from "./application-redis";
import { CERTIFICATE_KEYS } from "./certificates/stored";
import { STACK_KEYS } from "./stack-keys";

const DATABASE_PRIVILEGES = ["connect", "create", "temporary"] as const;
const SCHEMA_PRIVILEGES = ["usage", "create"] as const;
const TABLE_PRIVILEGES = ["select", "insert", "update", "delete", "truncate", "references", "trigger"] as const;
const SEQUENCE_PRIVILEGES = ["usage", "select", "update"] as const;

/** The keys of the stack's config that are not an application's. */
export const OTHER_KEYS: readonly string[] = [
  // As `CREDENTIAL_KEYS`, which builds on this file.
  ...["postgresPassword", "rolesPassword", "replicationPassword", "redisPassword", "grafanaPassword", "backupPassword"],
  ...Object.values(CERTIFICATE_KEYS),
  ...Object.keys(STACK_KEYS),
  "drill",
];

const connections = z.number().int().min(1).max(100_000).optional();

function once<T extends z.ZodType<string>>(one: T): z.ZodArray<T> {
  return z.array(one).refine((all) => new Set(all).size === all.length, "each of them once");
}

const database = z.strictObject({
  encoding: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{1,19}$/, "the name of an encoding, such as UTF8")
    .optional()
    .describe("encoding, which a database gets when it is made; default: the server's"),
  locale: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_.@-]{0,62}$/, "the name of a locale of the server's image, such as C.UTF-8")
    .optional()
    .describe("order and classes of characters, which a database gets when it is made; default: the server's"),
  connection_limit: connections.describe("most connections to this database at once; default: no limit of its own"),
  extensions: once(extensionName)
    .default([])
    .describe("extensions that are made in it, which takes the superuser; the server's image must have them"),
});

const schemaGrant = z.strictObject({
  privileges: once(z.enum(SCHEMA_PRIVILEGES)).default(["usage"]).describe("rights on the schema itself"),
  tables: once(z.enum(TABLE_PRIVILEGES))
    .default([])
    .describe("rights on all tables and views of it, and on those that the database's owner makes later"),
  sequences: once(z.enum(SEQUENCE_PRIVILEGES))
    .default([])
    .describe("rights on all sequences of it, and on those that the database's owner makes later"),
});

const grant = z.strictObject({
  privileges: once(z.enum(DATABASE_PRIVILEGES)).default(["connect"]).describe("rights on the database itself"),
  schemas: z.record(schemaName, schemaGrant).default({}).describe("rights in its schemas, by their names"),
});

const application = z
  .strictObject({
    password: z
      .string()
      .regex(/^[a-z][A-Za-z0-9]{0,62}$/, "the name of a secret in namespace understudy of both stacks' config")
      .refine((key) => !OTHER_KEYS.includes(key), "a secret of the application's own, not one of ours")
      .refine(
        (key) => !/(Before|Since)$/.test(key),
        "another name: with this ending it is for an exchange of the password",
      )
      .optional()
      .describe("which secret of both stacks' config is its password; without it nobody logs in as it, as for a group"),
    connection_limit: connections.describe("most connections of this role at once; default: no limit of its own"),
    databases: z.record(databaseName, database).default({}).describe("the databases that it owns, by their names"),
    member_of: once(groupName)
      .default([])
      .describe("roles whose rights it has: other applications, roles made by hand, or some of PostgreSQL's own"),
    grants: z
      .record(databaseName, grant)
      .default({})
      .describe("further rights in databases that others own, by the names of these"),
    redis: redisAccessSchema.optional().describe("its user in Redis, of the same name and password; none without it"),
  })
  .superRefine(({ password, redis, databases, grants }, context) => {
    if (redis !== undefined && password === undefined)
      context.addIssue({ code: "custom", path: ["redis"], message: "a password beside it: a user of Redis logs in" });
    for (const name of Object.keys(grants)) {
      if (databases[name] !== undefined)
        context.addIssue({ code: "custom", path: ["grants", name], message: "a database of others: this one it owns" });
    }
  });

/** What an application is declared to have, every default filled in. */
export type Application = z.infer<typeof application>;
/** All of them, by their names. */
export type Applications = Readonly<Record<string, Application>>;

/** The first place where two applications declare the same, and who was first. */
function shared(
  all: Applications,
  of: (one: Application) => readonly string[],
): readonly (readonly [string, string, string])[] {
  const first = new Map<string, string>();
  return Object.entries(all).flatMap(([name, one]) =>
    of(one).flatMap((what) => {
      const owner = first.get(what);
      if (owner === undefined) first.set(what, name);
      return owner === undefined ? [] : [[name, what, owner] as const];
    }),
  );
}

/** The applications that are, by way of others, members of themselves. */
function inCircles(all: Applications): readonly string[] {
  const reaches = (from: string, seen: ReadonlySet<string>): ReadonlySet<string> =>
    (all[from]?.member_of ?? []).reduce(
      (known, group) => (known.has(group) ? known : reaches(group, new Set([...known, group]))),
      seen,
    );
  return Object.keys(all).filter((name) => reaches(name, new Set()).has(name));
}

/** The section `applications` of an environment file. */
export const applicationsSchema = z.record(applicationName, application).superRefine((all, context) => {
  const refuse = (path: string[], message: string): void => {
    context.addIssue({ code: "custom", path, message });
  };
  for (const [name, database, owner] of shared(all, ({ databases }) => Object.keys(databases)))
    refuse([name, "databases", database], `another database: ${owner} owns this one`);
  for (const [name, , owner] of shared(all, ({ password }) => (password === undefined ? [] : [password])))
    refuse([name, "password"], `a secret of its own: this one is ${owner}'s`);
  for (const name of inCircles(all)) refuse([name, "member_of"], "other roles than it is, by them, a member of itself");
});
