import { DOOR_OWNER } from "../../settings/doors";
import { DATABASE, DOOR_ROLE } from "../../settings/names";

function role(name: string, login: "login" | "nologin"): string {
  return `do $role$ begin create role ${name} ${login}; exception when duplicate_object then null; end $role$`;
}

/**
 * The door's role, and the function by which it learns what is needed to check a client's password: never those of
 * superusers, of replication or of our own roles, which have no business in a pool. The function belongs to a role that may
 * read these columns and nothing else. Each statement may be said again and again. Pure.
 */
export function doorStatements(): readonly string[] {
  return [
    role(DOOR_ROLE, "login"),
    role(DOOR_OWNER, "nologin"),
    `grant select (rolname, rolpassword, rolcanlogin, rolsuper, rolreplication, rolvaliduntil) on pg_catalog.pg_authid to ${DOOR_OWNER}`,
    `create or replace function understudy.door_secret(wanted text, out name text, out secret text) returns setof record
       language sql stable strict security definer set search_path = pg_catalog, pg_temp as $door$
       select rolname::text, rolpassword from pg_authid
        where rolname = wanted and rolcanlogin and not rolsuper and not rolreplication
          and rolname !~ '^understudy_' and rolpassword like 'SCRAM-SHA-256$%'
          and (rolvaliduntil is null or rolvaliduntil > now()) $door$`,
    `alter function understudy.door_secret(text) owner to ${DOOR_OWNER}`,
    "revoke all on function understudy.door_secret(text) from public",
    `grant execute on function understudy.door_secret(text) to ${DOOR_ROLE}`,
    `grant usage on schema understudy to ${DOOR_ROLE}`,
    `grant connect on database ${DATABASE} to ${DOOR_ROLE}`,
  ];
}
