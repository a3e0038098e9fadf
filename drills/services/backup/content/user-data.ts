import { z } from "zod";
import { DATABASE, EVENTS_TABLE } from "../../../../settings/names";
import type { Content } from "./content";

/** The text that a query gives, asked of one database of a server. @throws Error when it gives none */
export type Ask = (database: string, query: string) => Promise<string>;

/** Tables of one database whose rows are counted: the smallest, so many and so large at most. */
const TABLES = 50;
const TABLES_BYTES = 64 * 1024 * 1024;

/** Settings of a session that reads a user's data: full names, and nobody is kept waiting for long. */
export const READING_SETTINGS = [
  "set search_path to ''",
  "set lock_timeout to '2s'",
  "set statement_timeout to '30s'",
] as const;

const DATABASES = `select coalesce(json_agg(datname order by datname), '[]')::text as value
  from pg_database where datallowconn and not datistemplate`;

/** What belongs to an extension is made by it, and is left out. */
const OVERVIEW = `with own as (select oid, nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
  member as (select classid, objid from pg_depend where deptype = 'e'),
  rel as (select c.oid, c.relname, c.relkind, c.relpersistence, own.nspname from pg_class c join own on own.oid = c.relnamespace
    where c.relpersistence <> 't' and c.oid not in (select objid from member where classid = 'pg_class'::regclass)),
  line (words) as (
    select format('%s %I.%I.%I %s %s %s', relkind, nspname, relname, attname, format_type(atttypid, atttypmod), attnotnull,
      pg_get_expr(adbin, adrelid)) from rel join pg_attribute a on a.attrelid = rel.oid and attnum > 0 and not attisdropped
      left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    union all select pg_get_indexdef(indexrelid) from pg_index join rel on rel.oid = indrelid
    union all select format('%I.%I %I %s', nspname, relname, conname, pg_get_constraintdef(k.oid))
      from pg_constraint k join rel on rel.oid = conrelid
    union all select format('%I.%I %s', nspname, relname, pg_get_viewdef(rel.oid)) from rel where relkind in ('v', 'm')
    union all select pg_get_triggerdef(t.oid) from pg_trigger t join rel on rel.oid = tgrelid where not tgisinternal
    union all select pg_get_functiondef(p.oid) from pg_proc p join own on own.oid = pronamespace
      where prokind in ('f', 'p') and p.oid not in (select objid from member where classid = 'pg_proc'::regclass))
  select json_build_object(
    'schema', (select md5(coalesce(string_agg(words, E'\\n' order by words collate "C"), '')) from line),
    'unlogged', (select count(*) from rel where relkind = 'r' and relpersistence = 'u'),
    'tables', (select coalesce(json_agg(json_build_object('name', name, 'bytes', bytes, 'changes', changes) order by bytes, name), '[]')
      from (select format('%I.%I', nspname, relname) as name, pg_table_size(oid) as bytes,
        (pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid))::text as changes
        from rel where relkind = 'r' and relpersistence = 'p') one where name <> '${EVENTS_TABLE}'))::text as value`;

const overviewSchema = z.object({
  schema: z.string(),
  unlogged: z.number(),
  tables: z.array(z.object({ name: z.string(), bytes: z.number(), changes: z.string() })),
});

/** One database at one moment. */
export interface DatabaseReading {
  /** Digest of the definitions of tables, columns, indexes, constraints, views, triggers and functions. */
  readonly schema: string;
  readonly tables: number;
  /** Tables whose rows are in no backup: the server leaves them out. */
  readonly unlogged: number;
  /** Rows of the tables that were counted, by qualified name, and how often the server had changed one. */
  readonly rows: ReadonlyMap<string, { readonly count: number; readonly changes: string }>;
}

/** Every database of a server by name, but for templates and those that nobody may enter. */
export type UserData = ReadonlyMap<string, DatabaseReading>;

/**
 * Reads the schemas and counts the rows of a server's databases, of our own journal's as well but for the journal itself.
 * @param like counts the tables that were counted there, where they exist; without it the smallest ones
 * @throws Error when a database cannot be read
 */
export async function readUserData(ask: Ask, like?: UserData): Promise<UserData> {
  const names = z.array(z.string()).parse(JSON.parse(await ask(DATABASE, DATABASES)));
  const data = new Map<string, DatabaseReading>();
  for (const name of names) {
    const { schema, unlogged, tables } = overviewSchema.parse(JSON.parse(await ask(name, OVERVIEW)));
    const known = like?.get(name)?.rows;
    let bytes = 0;
    const counted = tables.filter((one, index) =>
      known === undefined ? (bytes += one.bytes) <= TABLES_BYTES && index < TABLES : known.has(one.name),
    );
    const counts = await countRows(
      (query) => ask(name, query),
      counted.map((one) => one.name),
    );
    const rows = counted.map((one, index) => [one.name, { count: counts[index] ?? -1, changes: one.changes }] as const);
    data.set(name, {
      schema,
      unlogged,
      tables: tables.length,
      rows: new Map(rows.filter(([, { count }]) => count >= 0)),
    });
  }
  return data;
}

/** Nothing where somebody holds a table, or counting takes too long: then it is not compared. */
async function countRows(
  ask: (query: string) => Promise<string>,
  names: readonly string[],
): Promise<readonly number[]> {
  if (names.length === 0) return [];
  const counts = names.map((name) => `(select count(*) from only ${name})`).join(", ");
  const said = await ask(`select json_build_array(${counts})::text as value`).catch(() => "[]");
  return z.array(z.number()).parse(JSON.parse(said));
}

/** What did not change between two readings, so that a restore of any moment between them must give it. */
export interface Unchanged {
  readonly databases: boolean;
  readonly schemas: readonly string[];
  readonly tables: ReadonlyMap<string, readonly string[]>;
}

/** Compares two readings of the same server. Pure. */
export function unchangedBetween(before: UserData, after: UserData): Unchanged {
  const names = [...before.keys()].filter((name) => after.has(name));
  return {
    databases: names.length === before.size && names.length === after.size,
    schemas: names.filter((name) => before.get(name)?.schema === after.get(name)?.schema),
    tables: new Map(
      names.map((name) => [
        name,
        [...(before.get(name)?.rows ?? [])].flatMap(([table, { count, changes }]) => {
          const now = after.get(name)?.rows.get(table);
          return now?.count === count && now.changes === changes ? [table] : [];
        }),
      ]),
    ),
  };
}

/** What a reading has of that, as named counts and digests; how many tables it is about is among them. Pure. */
export function userContent(data: UserData, { databases, schemas, tables }: Unchanged): Content {
  return Object.fromEntries([
    ...(databases ? [["databases", [...data.keys()].sort().join(", ")]] : []),
    ...schemas.flatMap((name) => [
      [`schema of database ${name}, md5`, data.get(name)?.schema ?? null],
      [`tables of database ${name}`, data.get(name)?.tables ?? null],
      [`unlogged tables of database ${name}, whose rows no backup has`, data.get(name)?.unlogged ?? null],
    ]),
    ...[...tables].flatMap(([name, those]) => {
      const rows = data.get(name)?.rows;
      return [
        [`tables of database ${name} whose rows are compared`, those.filter((one) => rows?.has(one)).length],
        ...those.map((one) => [`rows of ${one} in database ${name}`, rows?.get(one)?.count ?? null]),
      ];
    }),
  ] as [string, string | number | null][]);
}
