import { z } from "zod";
import { DATABASE, REPLICATION_USER, SUPERUSER } from "./names";

/** Names that PostgreSQL, Redis or this product give a meaning of their own, and which. */
const TAKEN: Readonly<Record<string, string>> = {
  [SUPERUSER]: "is PostgreSQL's superuser, and a database that programs expect",
  [REPLICATION_USER]: "is what a standby streams with",
  [DATABASE]: "is the pair's own",
  default: "is Redis' own user",
  template0: "is a template of PostgreSQL",
  template1: "is a template of PostgreSQL",
  public: "is everybody, for PostgreSQL",
  none: "is nobody, for PostgreSQL",
  replication: "is the replication, for PostgreSQL's pg_hba.conf",
  all: "is everybody, for PostgreSQL's pg_hba.conf",
};

/** Roles of PostgreSQL itself that an application may be a member of; the others reach the server's files and programs. */
export const PREDEFINED_ROLES: readonly string[] = [
  "pg_checkpoint",
  "pg_maintain",
  "pg_monitor",
  "pg_read_all_data",
  "pg_read_all_settings",
  "pg_read_all_stats",
  "pg_signal_backend",
  "pg_stat_scan_tables",
  "pg_write_all_data",
];

const FORM = /^[A-Za-z_][A-Za-z0-9_.-]{0,62}$/;
const FORM_WORDS = "letters, digits, underscore, dot and hyphen, a letter or underscore first, at most 63";

/** Why a role, a user of Redis or a database of an application may not have a name; undefined when it may. */
export function whyNotName(name: string): string | undefined {
  const meaning = TAKEN[name.toLowerCase()];
  if (meaning !== undefined) return `one of your own: ${name} ${meaning}`;
  if (/^understudy([_.-]|$)/i.test(name)) return "one of your own: those that begin with understudy are this product's";
  if (/^pg_/i.test(name)) return "one of your own: those that begin with pg_ are PostgreSQL's";
  return undefined;
}

function named(refused: (name: string) => string | undefined): z.ZodString {
  return z
    .string()
    .regex(FORM, FORM_WORDS)
    .superRefine((name, context) => {
      const words = refused(name);
      if (words !== undefined) context.addIssue({ code: "custom", message: words });
    });
}

/** The name of an application: of its role in PostgreSQL and its user in Redis. */
export const applicationName = named(whyNotName);

/** The name of an application's database. */
export const databaseName = named(whyNotName);

/** A role that an application is a member of: another one, one made by hand, or one of PostgreSQL's that reach no files. */
export const groupName = named((name) => {
  if (PREDEFINED_ROLES.includes(name)) return undefined;
  if (/^pg_/.test(name)) return `a role of your own, or one of ${PREDEFINED_ROLES.join(", ")}`;
  return whyNotName(name);
});

/** A schema in a database. */
export const schemaName = named((name) =>
  /^(pg_|information_schema$|understudy$)/i.test(name) ? "a schema of an application" : undefined,
);

/** An extension of PostgreSQL. */
export const extensionName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}$/, "the name of an extension, such as timescaledb");
