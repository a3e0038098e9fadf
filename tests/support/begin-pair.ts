import { makeOwnRoles } from "../../drills/bootstrap/accounts";
import { createJournal } from "../../drills/bootstrap/journal";
import { asSession } from "../../drills/hosts/local-postgres";
import type { Credentials } from "../../settings/credentials";
import { REPLICATION_USER } from "../../settings/names";
import { SUPERUSER_IS_LOCAL } from "../../settings/own-roles";
import type { GuardedPostgres } from "./guarded-postgres";
import { openLocalSession } from "./local-session";

/** Starts a primary with the product's roles, journal and slot, and a standby of it. It does not wait until that follows. */
export async function beginPair(
  a: GuardedPostgres,
  b: GuardedPostgres,
  credentials: Pick<Credentials, "postgres" | "replication" | "roles">,
): Promise<void> {
  a.tell("primary");
  a.start();
  await a.until("a primary", () => a.sql("select 1") === "1");
  a.sql(`create role ${REPLICATION_USER} login replication password '${credentials.replication}'`);
  a.sql("create database understudy");
  const local = await openLocalSession({ folder: a.path("socket"), port: a.port });
  await createJournal(asSession(local));
  await makeOwnRoles(local, credentials);
  await local.query("select understudy.make_slot('understudy_host_b')");
  await local.query(`comment on role understudy_guard is '${SUPERUSER_IS_LOCAL}'`);
  await local.end();
  b.tell("standby");
  b.start();
  a.run("touch", [a.path("data/understudy/paired")]);
}
