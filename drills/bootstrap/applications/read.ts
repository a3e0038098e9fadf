import type { Application, Applications } from "../../../settings/applications";
import type { LocalSession } from "../../hosts/local-postgres";
import type { DatabaseFacts, InsideFacts, RoleFacts, SchemaFacts, ServerFacts } from "./facts";
import { text } from "./quote";

/** Opens a session of the superuser in a database of one server. */
export type OpenDatabase = (database?: string) => Promise<LocalSession>;

type SchemaGrant = Application["grants"][string]["schemas"][string];

/** A right in a schema, and whose. */
interface Asked extends SchemaGrant {
  readonly role: string;
  readonly schema: string;
}

function list(words: readonly string[]): string {
  return `array[${words.map(text).join(", ")}]::text[]`;
}

const ROLES = (declared: readonly string[]): string => `
  select r.rolname as name, r.rolcanlogin as "mayLogIn", r.rolconnlimit as "connectionLimit",
         case when r.rolname::text = any (${list(declared)}) then r.rolpassword end as verifier,
         array_remove(array[case when r.rolsuper then 'superuser' end, case when r.rolcreaterole then 'createrole' end,
           case when r.rolcreatedb then 'createdb' end, case when r.rolreplication then 'replication' end,
           case when r.rolbypassrls then 'bypassrls' end], null) as attributes,
         array(select g.rolname::text from pg_auth_members m join pg_roles g on g.oid = m.roleid
                where m.member = r.oid group by 1 order by 1) as "memberOf",
         shobj_description(r.oid, 'pg_authid') as note,
         coalesce((select json_object_agg(o.datname, o.objects) from (
             select d.datname, count(*)::int as objects
               from pg_shdepend s join pg_database d on d.oid = s.dbid
              where s.refclassid = 'pg_authid'::regclass and s.refobjid = r.oid and s.deptype = 'o'
              group by 1) o), '{}') as owns
    from pg_authid r order by 1`;

const DATABASES = `
  select d.datname as name, pg_get_userbyid(d.datdba)::text as owner, pg_encoding_to_char(d.encoding)::text as encoding,
         d.datcollate as collate, d.datctype as ctype, d.datconnlimit as "connectionLimit", d.datallowconn as "letsIn",
         coalesce((select json_object_agg(x.role, x.rights) from (
             select g.rolname as role, array_agg(lower(a.privilege_type) order by lower(a.privilege_type)) as rights
               from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a join pg_roles g on g.oid = a.grantee
              group by 1) x), '{}') as rights
    from pg_database d order by 1`;

/** Those of the wanted rights that a list of them does not give to a role; `r.oid` is the role. */
function lacking(wanted: readonly string[], acl: string): string {
  return `array(select w from unnest(${list(wanted)}) w where not exists (
    select from aclexplode(${acl}) a where a.grantee = r.oid and lower(a.privilege_type) = w))`;
}

function schemaQuery({ role, schema, privileges, tables, sequences }: Asked): string {
  const without = (kinds: string, wanted: readonly string[], type: string): string =>
    `(select count(*)::int from pg_class c where c.relnamespace = n.oid and c.relkind in (${kinds})
        and cardinality(${lacking(wanted, `coalesce(c.relacl, acldefault(${text(type)}, c.relowner))`)}) > 0)`;
  const later = (wanted: readonly string[], type: string): string =>
    lacking(
      wanted,
      `(select d.defaclacl from pg_default_acl d where d.defaclrole = o.datdba and d.defaclnamespace = n.oid
          and d.defaclobjtype = ${text(type)})`,
    );
  return `
    select ${text(role)} as role, ${text(schema)} as schema, n.oid is not null as exists,
           ${lacking(privileges, "coalesce(n.nspacl, acldefault('n', n.nspowner))")} as lacks,
           ${without("'r', 'p', 'v', 'm', 'f'", tables, "r")} as tables,
           ${without("'S'", sequences, "s")} as sequences,
           ${later(tables, "r")} as "laterTables", ${later(sequences, "S")} as "laterSequences"
      from (select datdba from pg_database where datname = current_database()) o
      left join pg_namespace n on n.nspname = ${text(schema)}
      left join pg_roles r on r.rolname = ${text(role)}`;
}

/** What is asked of the inside of a database: nothing of most. */
function askedIn(applications: Applications, database: string): readonly Asked[] {
  return Object.entries(applications).flatMap(([role, { grants }]) =>
    Object.entries(grants[database]?.schemas ?? {}).map(([schema, one]) => ({ role, schema, ...one })),
  );
}

/** Its owner may have put functions into `public` that a name of ours would find there. */
const CATALOGUE_ALONE = "set search_path = pg_catalog";

async function readInside(sql: LocalSession, asked: readonly Asked[]): Promise<InsideFacts> {
  await sql.query(CATALOGUE_ALONE);
  const { rows: extensions } = await sql.query<{ name: string }>("select extname::text as name from pg_extension");
  const schemas: SchemaFacts[] = [];
  for (const one of asked) schemas.push(...(await sql.query<SchemaFacts>(schemaQuery(one))).rows);
  return { extensions: extensions.map(({ name }) => name), schemas };
}

/** The databases whose inside a declaration says something of. */
function lookedInto(applications: Applications): readonly string[] {
  return Object.values(applications).flatMap(({ databases, grants }) => [
    ...Object.entries(databases).flatMap(([name, { extensions }]) => (extensions.length > 0 ? [name] : [])),
    ...Object.entries(grants).flatMap(([name, { schemas }]) => (Object.keys(schemas).length > 0 ? [name] : [])),
  ]);
}

/**
 * Reads what a server has of what is declared; changes nothing. A standby may be read too.
 * @throws Error of the session
 */
export async function readServer(open: OpenDatabase, applications: Applications): Promise<ServerFacts> {
  const sql = await open();
  try {
    const { rows: roles } = await sql.query<RoleFacts>(ROLES(Object.keys(applications)));
    const { rows: databases } = await sql.query<DatabaseFacts>(DATABASES);
    const { rows: extensions } = await sql.query<{ name: string }>(
      "select name::text as name from pg_available_extensions",
    );
    const inside: Record<string, InsideFacts> = {};
    for (const name of new Set(lookedInto(applications))) {
      if (databases.find((one) => one.name === name)?.letsIn !== true) continue;
      const there = await open(name);
      inside[name] = await readInside(there, askedIn(applications, name)).finally(() => there.end());
    }
    return { roles, databases, extensions: extensions.map(({ name }) => name), inside };
  } finally {
    await sql.end();
  }
}
