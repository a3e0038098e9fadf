import { bounded } from "../../drills/hosts/bounded";
import type { HostEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import type { Environment } from "../../settings/environment";
import { SUPERUSER } from "../../settings/names";
import { SUPERUSER_IS_LOCAL } from "../../settings/own-roles";
import type { NamedHost } from "../../settings/pair";
import type { Change } from "./refuse-changes";

const ASKED_MS = 10_000;

/** Who is logged in as PostgreSQL's superuser over the network, beside sessions of ours. */
export interface SuperuserClient {
  readonly application: string;
  readonly database: string;
  readonly address: string;
  readonly sessions: number;
}

/** How a host lets its superuser in. */
export interface SuperuserAccess {
  /** The data say that it logs in by the local socket alone; without it the roles of our sessions are not there, or not yet on both hosts. */
  readonly isLocal: boolean;
  readonly clients: readonly SuperuserClient[];
}

/** Asks a host's server by its local socket; undefined where it cannot be asked. */
export async function readSuperuserAccess(
  host: NamedHost,
  { docker }: HostEngine,
): Promise<SuperuserAccess | undefined> {
  const server = localServer(docker, host.name);
  try {
    const asked = server.open().then(async (sql) => {
      const { rows } = await sql.query<{ note: string | null }>(
        "select shobj_description(oid, 'pg_authid') as note from pg_roles where rolname = 'understudy_guard'",
      );
      const { rows: clients } = await sql.query<SuperuserClient>(
        `select application_name as application, coalesce(datname::text, '') as database, host(client_addr) as address,
                count(*)::int as sessions
           from pg_stat_activity
          where backend_type = 'client backend' and usename = '${SUPERUSER}' and client_addr is not null
            and application_name !~ '^understudy([-_]|$)'
          group by 1, 2, 3 order by 1, 2, 3`,
      );
      return { isLocal: rows[0]?.note === SUPERUSER_IS_LOCAL, clients };
    });
    return await bounded(`${host.name}: PostgreSQL`, ASKED_MS, asked);
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

/**
 * Clients that could not log in any more: the superuser still may over the network here, and will not after an `up`. Pure.
 * @param file the environment file
 */
export function superuserChanges(
  host: Pick<NamedHost, "name">,
  { access }: Pick<Environment, "access">,
  found: SuperuserAccess | undefined,
  file: string,
): Change[] {
  if (found === undefined || found.isLocal || found.clients.length === 0 || access.superuser_over_network) return [];
  const listed = found.clients.map(
    ({ application, database, address, sessions }) =>
      `${sessions} of ${application === "" ? "a client without a name" : application} from ${address} in ${database}`,
  );
  return [
    {
      words: `PostgreSQL on ${host.name} has sessions of its superuser over the network, which will not log in again: ${listed.join(", ")}`,
      way: `give these clients a role of their own; or, as long as they have none, access.superuser_over_network: true in ${file}`,
    },
  ];
}
