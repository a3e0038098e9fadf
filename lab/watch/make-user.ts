import { scramVerifier } from "../../drills/bootstrap/scram";
import { connectEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { ownPassword } from "../../settings/own-roles";
import { namedHosts } from "../../settings/pair";
import { USER_ROLE } from "./user-data";

/** Makes the role of the user's application on the primary, where it is not there. @throws Error when no host is primary */
export async function makeUser(environment: Environment, credentials: Credentials): Promise<void> {
  for (const host of namedHosts(environment)) {
    const engine = connectEngine(host);
    const server = localServer(engine.docker, host.name);
    try {
      const sql = await server.open();
      const { rows } = await sql.query<{ standby: boolean; there: boolean }>(
        "select pg_is_in_recovery() as standby, exists (select from pg_roles where rolname = $1) as there",
        [USER_ROLE],
      );
      if (rows[0]?.standby !== false) continue;
      const verifier = scramVerifier(ownPassword(credentials, USER_ROLE));
      if (!rows[0].there) await sql.query(`create role ${USER_ROLE} with login createdb password '${verifier}'`);
      return;
    } finally {
      server.close();
      engine.close();
    }
  }
  throw new Error("no host of the lab is primary: there is nowhere to make the role of its application");
}
