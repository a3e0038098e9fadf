import type { Credentials } from "../../settings/credentials";
import { containerName, DATABASE, GUARD_FOLDER } from "../../settings/names";
import {
  formerOf,
  OWN_FUNCTIONS,
  OWN_ROLE_NAMES,
  ownPassword,
  RIGHTS,
  rootKey,
  rootOf,
  SUPERUSER_IS_LOCAL,
  type OwnFunction,
} from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";
import { bounded } from "../hosts/bounded";
import { connectEngine, type HostEngine } from "../hosts/engine";
import { localServer, type LocalSession } from "../hosts/local-postgres";
import { runInContainer } from "../hosts/run-in-container";
import { doorStatements } from "./door-account";
import { isVerifierOf, scramVerifier } from "./scram";

const ENGINE_MS = 20_000;

/** The ids that a drill may have, see `settings/drill-config.ts`: no other goes to the shell. */
const DRILL_ID = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$";

/**
 * Stops this server and leaves the mark that keeps its boot guard from starting it writable. The program is this one, and
 * what is told to it is checked: who may call it can run nothing else.
 */
const FENCE = `create or replace function understudy.fence(drill text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $fence$
begin
  if drill is null or drill !~ '${DRILL_ID}' then
    raise exception 'not the id of a drill' using errcode = 'invalid_parameter_value';
  end if;
  execute format('copy (select %L) to program %L',
    drill || ' at ' || to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
    'cat >"\${PGDATA%/*}/understudy/fenced" && sync && kill -INT $(head -n 1 "$PGDATA/postmaster.pid")');
end $fence$`;

/** The functions and grants of our roles, each a statement that may be said again and again. Pure. */
export function grantStatements(): readonly string[] {
  const functions = Object.entries<OwnFunction>(OWN_FUNCTIONS).flatMap(([name, { takes, returns, body, roles }]) => [
    `create or replace function understudy.${name}(${takes}) returns ${returns}
       language sql volatile security definer set search_path = pg_catalog, pg_temp as $own$ ${body} $own$`,
    `revoke all on function understudy.${name}(${takes}) from public`,
    `grant execute on function understudy.${name}(${takes}) to ${roles.join(", ")}`,
  ]);
  return [
    ...functions,
    FENCE,
    "revoke all on function understudy.fence(text) from public",
    ...RIGHTS.map(({ role, grant }) => `grant ${grant} to ${role}`),
  ];
}

/**
 * Makes our roles where they are not there, and gives them what they need. A role that is there keeps its password.
 * @param sql a superuser's session in the pair's own database of the primary, which has the journal
 * @throws Error when a role is there with another password: nothing was changed
 */
export async function makeOwnRoles(
  sql: LocalSession,
  credentials: Pick<Credentials, "roles" | "postgres" | "before">,
): Promise<void> {
  const { rows } = await sql.query<{ name: string; kept: string | null }>(
    "select rolname as name, rolpassword as kept from pg_authid where rolname like 'understudy\\_%'",
  );
  const there = new Map(rows.map(({ name, kept }) => [name, kept]));
  for (const role of OWN_ROLE_NAMES) {
    const kept = there.get(role);
    const former = formerOf(credentials, (all) => ownPassword(all, role));
    const ours = [ownPassword(credentials, role), ...(former === undefined ? [] : [former])];
    if (kept !== undefined && !ours.some((one) => isVerifierOf(kept, one))) {
      throw new Error(
        `understudy:${rootKey(credentials)}: role ${role} was made with another one; next: understudy rotate ${rootOf(credentials) === "roles" ? "roles" : "superuser"}`,
      );
    }
  }
  const missing = OWN_ROLE_NAMES.filter((role) => !there.has(role));
  for (const role of missing)
    await sql.query(`create role ${role} with login password '${scramVerifier(ownPassword(credentials, role))}'`);
  for (const statement of grantStatements()) await sql.query(statement);
}

/**
 * Whether a host's container knows the roles; a host without one is not in the way either. One that cannot be asked is
 * taken for one of before: whoever is asked last, with both hosts there, sees it.
 */
async function knowsRoles({ docker }: HostEngine): Promise<boolean> {
  const script = `[ -e ${GUARD_FOLDER}/own-roles.sh ] && echo yes || echo no`;
  try {
    return (await runInContainer(docker, containerName("timescaledb"), ["sh", "-c", script])).trim() === "yes";
  } catch (error) {
    return (error as { statusCode?: number }).statusCode === 404;
  }
}

/**
 * Brings our roles to the pair: makes them on whichever host is primary, and, once the containers of all hosts log in as
 * them, notes in the data that the superuser logs in by the local socket alone. Each host's boot guard sees the note and
 * holds to it. May be done again and again.
 * @param doors whether the pair has doors, which have a role of their own
 * @throws Error when no host is primary that can be asked, or a role is there with another password
 */
export async function bringOwnRoles(
  hosts: readonly NamedHost[],
  credentials: Pick<Credentials, "roles" | "postgres" | "before">,
  { doors }: { readonly doors: boolean },
): Promise<void> {
  const engines = hosts.map((host) => ({ host, engine: connectEngine(host) }));
  try {
    const reasons: string[] = [];
    for (const { host, engine } of engines) {
      const server = localServer(engine.docker, host.name);
      try {
        const sql = await bounded(`${host.name}: PostgreSQL`, ENGINE_MS, server.open(DATABASE));
        const { rows } = await sql.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
        if (rows[0]?.standby !== false) continue;
        await makeOwnRoles(sql, credentials);
        if (doors) for (const statement of doorStatements()) await sql.query(statement);
        const known = await Promise.all(
          engines.map((one) => bounded("Docker engine", ENGINE_MS, knowsRoles(one.engine)).catch(() => false)),
        );
        if (known.every(Boolean)) await sql.query(`comment on role understudy_guard is '${SUPERUSER_IS_LOCAL}'`);
        return;
      } catch (error) {
        reasons.push(`${host.name}: ${messageOf(error)}`);
      } finally {
        server.close();
      }
    }
    throw new Error(`no primary could be given its roles${reasons.length > 0 ? `: ${reasons.join("; ")}` : ""}`);
  } finally {
    for (const { engine } of engines) engine.close();
  }
}
