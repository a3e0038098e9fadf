import { randomBytes } from "node:crypto";
import { scramVerifier } from "../../../drills/bootstrap/scram";
import { connectEngine } from "../../../drills/hosts/engine";
import { localServer, type LocalSession } from "../../../drills/hosts/local-postgres";
import type { Environment } from "../../../settings/environment";
import { viewFrom } from "../../../settings/pair";
import { ACCOUNTS, JOURNAL, SHOP } from "./client-loads";
import { JOURNAL_COUNT, type JournalCount } from "./count-events";

/** Uses a session of the superuser over the local socket of `host`'s server. */
export async function onServer<T>(
  environment: Environment,
  host: string,
  use: (sql: LocalSession) => Promise<T>,
): Promise<T> {
  const engine = connectEngine(viewFrom(environment, host).self);
  const server = localServer(engine.docker, host);
  try {
    return await use(await server.open());
  } finally {
    server.close();
    engine.close();
  }
}

/** What makes the load's role with its tables; each may be said again and again. Pure. */
export function shopStatements(verifier: string): readonly string[] {
  return [
    `do $shop$ begin create role ${SHOP} login; exception when duplicate_object then null; end $shop$`,
    `alter role ${SHOP} password '${verifier}'`,
    `create schema if not exists ${SHOP} authorization ${SHOP}`,
    `create table if not exists ${SHOP}.account (id integer primary key, amount bigint not null default 0)`,
    `create table if not exists ${JOURNAL} (run integer not null, client integer not null, n integer not null)`,
    `create index if not exists journal_run on ${JOURNAL} (run, client)`,
    `insert into ${SHOP}.account (id) select generate_series(1, ${ACCOUNTS}) on conflict do nothing`,
    `grant select, insert, update on all tables in schema ${SHOP} to ${SHOP}`,
  ];
}

/** Makes the role and the tables on the primary, with a password of this run alone. @returns the password */
export async function openShop(environment: Environment, primary: string): Promise<string> {
  const password = randomBytes(18).toString("base64url");
  await onServer(environment, primary, async (sql) => {
    for (const statement of shopStatements(scramVerifier(password))) await sql.query(statement);
  });
  return password;
}

/** Takes them away again. */
export async function closeShop(environment: Environment, primary: string): Promise<void> {
  await onServer(environment, primary, async (sql) => {
    await sql.query(`drop schema if exists ${SHOP} cascade`);
    await sql.query(`drop role if exists ${SHOP}`);
  });
}

/** Counts the rows of these runs on the primary. */
export async function readJournal(
  environment: Environment,
  primary: string,
  runs: readonly number[],
): Promise<readonly JournalCount[]> {
  return onServer(environment, primary, async (sql) => {
    const { rows } = await sql.query<JournalCount>(JOURNAL_COUNT(JOURNAL), [runs]);
    return rows;
  });
}
