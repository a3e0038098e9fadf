import type { Client, ClientConfig } from "pg";

/**
 * What every session of ours brings along: what a database, a role or a server is set to does not reach it. Everybody may
 * set these, in any version that is supported. The boot guard's `own_session` in `configs/guard/postgres-common.sh` is
 * the same list. With `public` alone in the path names of ours are looked up in the catalogue first.
 */
export const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  statement_timeout: "0",
  lock_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  datestyle: "ISO",
  intervalstyle: "postgres",
  timezone: "UTC",
  extra_float_digits: "1",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  search_path: "public",
  role: "none",
  row_security: "on",
  exit_on_error: "off",
  default_transaction_read_only: "off",
  default_transaction_isolation: "read committed",
  default_transaction_deferrable: "off",
  // A client that has vanished keeps no lock: its server ends it after half a minute.
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "5",
  tcp_keepalives_count: "4",
  tcp_user_timeout: "30000",
};

/** The first version of PostgreSQL that knows `transaction_timeout`; an older one refuses a session that names it. */
const KNOWS_TRANSACTION_TIMEOUT = 17;

/** No firewall between may forget a session that says nothing for a while, milliseconds. */
const KEEP_ALIVE_MS = 10_000;

/** The settings as libpq's `PGOPTIONS`, and the start of a session, take them. */
export function sessionOptions(more: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ ...SESSION_SETTINGS, ...more })
    .map(([name, value]) => `-c ${name}=${value.replaceAll(/[\\ ]/g, "\\$&")}`)
    .join(" ");
}

/** The start of a command that asks by `psql` in a container, with the settings of our sessions. */
export const OWN_PSQL: readonly string[] = [
  "env",
  `PGOPTIONS=${sessionOptions()}`,
  "PGAPPNAME=understudy",
  "psql",
  "-X",
];

/** What every session of ours through the driver is opened with. @param more settings of this session alone */
export function sessionConfig(
  name: "understudy-drill" | "understudy-probe",
  more: Readonly<Record<string, string>> = {},
): Pick<ClientConfig, "application_name" | "options" | "keepAlive" | "keepAliveInitialDelayMillis"> {
  return {
    application_name: name,
    options: sessionOptions(more),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  };
}

/** A login of one of ours, with the former password where that is being exchanged. */
export interface OwnLogin {
  readonly user: string;
  readonly password: string;
  readonly former?: string | undefined;
}

/** Whether a server does not take a role's password: by its SQLSTATE. */
export function isInvalidPassword(error: unknown): boolean {
  return (error as { code?: unknown }).code === "28P01";
}

/** Connects a client that was made with `sessionConfig`, and sets what only newer servers know. @throws Error of the driver */
export async function connectOwn(client: Client): Promise<void> {
  let major = 0;
  client.connection.on("parameterStatus", ({ parameterName, parameterValue }: Record<string, string>) => {
    if (parameterName === "server_version") major = Number.parseInt(parameterValue ?? "", 10);
  });
  await client.connect();
  if (major >= KNOWS_TRANSACTION_TIMEOUT) await client.query("set transaction_timeout = 0");
}
