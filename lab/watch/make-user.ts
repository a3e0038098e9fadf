import { isVerifierOf, scramVerifier } from "../../drills/bootstrap/scram";
import { connectEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { ownPassword } from "../../settings/own-roles";
import { namedHosts } from "../../settings/pair";
import { USER_ROLE } from "./user-data";

/**
 * Makes the role of the user's application on the primary, where it is not there, and gives it the password that is derived
 * for it now: what that is derived from may have been exchanged.
 * @throws Error when no host is primary
 */
export async function makeUser(environment: Environment, credentials: Credentials): Promise<void> {
  for (const host of namedHosts(environment)) {
    const engine = connectEngine(host);
    const server = localServer(engine.docker, host.name);
    try {
      const sql = await server.open();
      const { rows } = await sql.query<{ standby: boolean; kept: string | null }>(
        "select pg_is_in_recovery() as standby, (select rolpassword from pg_authid where rolname = $1) as kept",
        [USER_ROLE],
      );
      if (rows[0]?.standby !== false) continue;
      const password = ownPassword(credentials, USER_ROLE);
      const verifier = scramVerifier(password);
      if (rows[0].kept === null) await sql.query(`create role ${USER_ROLE} with login createdb password '${verifier}'`);
      else if (!isVerifierOf(rows[0].kept, password)) await sql.query(`alter role ${USER_ROLE} password '${verifier}'`);
      return;
    } finally {
      server.close();
      engine.close();
    }
  }
  throw new Error("no host of the lab is primary: there is nowhere to make the role of its application");
}
