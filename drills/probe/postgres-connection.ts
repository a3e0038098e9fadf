import { Socket } from "node:net";
import { Client, DatabaseError } from "pg";
import type { Answer, StoreConnection } from "./answer";
import { PROBE_ROLE, type ProbeAddress } from "./options";
import { DATABASE, EVENTS_TABLE } from "../../settings/names";
import type { ClientCertificate } from "../../settings/certificates/clients";
import { messageOf } from "../../settings/user-error";
import { tlsOptions } from "../hosts/postgres-encryption";
import { connectOwn, sessionConfig } from "../hosts/postgres-session";

/**
 * SQLSTATEs that end a statement before its transaction can commit, when they come with severity ERROR. The same
 * code as FATAL or PANIC ends the session at a moment nobody knows, so that is indeterminate.
 * Source: PostgreSQL documentation, appendix A.
 */
const REFUSALS = new Set([
  "25006", // read_only_sql_transaction: a standby
  "28000", // invalid_authorization_specification
  "42501", // insufficient_privilege
  "42P01", // undefined_table
  "3F000", // invalid_schema_name
  "40001", // serialization_failure
  "40P01", // deadlock_detected
  "53100", // disk_full
  "53200", // out_of_memory
  "55P03", // lock_not_available
]);

/**
 * What an error that came back for a sent INSERT says about that INSERT. 57P01 (admin_shutdown) is indeterminate: the
 * session may have been ended between the commit and its acknowledgement. So is everything that is not listed.
 */
export function classifyPostgresError(error: unknown): "r" | "i" {
  if (!(error instanceof DatabaseError)) return "i";
  return error.severity === "ERROR" && REFUSALS.has(error.code ?? "") ? "r" : "i";
}

const CONNECT_TIMEOUT_MS = 2000;
const INSERT = `INSERT INTO ${EVENTS_TABLE} (run, seq, written_at) VALUES ($1, $2, clock_timestamp())`;

/** A refused INSERT is the probe's daily bread: it does not belong in the server's log. Severities are read in English. */
const PROBE_SETTINGS = { log_min_messages: "fatal", lc_messages: "C" };

/** Where the probe's sessions go, and how they encrypt; plain without `tls`. */
export type EncryptedAddress = ProbeAddress & { readonly tls?: ClientCertificate | undefined };

/** A client whose socket can be cut at once, which `Client.end` cannot do while a server is silent. */
export function postgresClient(
  at: EncryptedAddress,
  password: string,
  user: string,
): { client: Client; socket: Socket } {
  const socket = new Socket();
  const client = new Client({
    host: at.host,
    port: at.port,
    user,
    password,
    database: DATABASE,
    ...sessionConfig("understudy-probe", PROBE_SETTINGS),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    stream: () => socket,
    ssl: at.tls ? tlsOptions(at.tls, at.host) : false,
  });
  client.on("error", () => socket.destroy());
  return { client, socket };
}

/**
 * Opens a session for the probe's INSERTs and plans one, so that the first event after a swap costs no more than the
 * others. EXPLAIN writes nothing and works on a standby too.
 * @throws Error of the driver when the server refuses, is silent for 2 s, or has no journal table
 */
export async function openPostgres(
  at: EncryptedAddress,
  password: string,
  run: string,
  user: string = PROBE_ROLE,
): Promise<StoreConnection> {
  const { client, socket } = postgresClient(at, password, user);
  const closed = new Promise<void>((resolve) =>
    socket.once("close", () => {
      resolve();
    }),
  );
  const warnings: string[] = [];
  client.on("notice", (notice) => {
    if (notice.severity === "WARNING") warnings.push(notice.message ?? "");
  });
  const giveUp = setTimeout(() => socket.destroy(), CONNECT_TIMEOUT_MS * 2);
  try {
    await connectOwn(client);
    await client.query(`EXPLAIN ${INSERT}`, [run, 0]);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(giveUp);
  }

  async function write(seq: number): Promise<Answer> {
    warnings.length = 0;
    try {
      await client.query({ name: "understudy-probe", text: INSERT, values: [run, seq] });
      // A wait for synchronous replication that was cut short ends in a commit and a warning.
      if (warnings.length > 0)
        return { outcome: "i", ended: true, reason: `committed with a warning: ${warnings.join("; ")}` };
      return { outcome: "a", ended: true, reason: "" };
    } catch (error) {
      const outcome = classifyPostgresError(error);
      if (outcome === "i") socket.destroy();
      return { outcome, ended: true, reason: messageOf(error) };
    }
  }
  return {
    write,
    closed,
    get isOpen() {
      return !socket.destroyed && socket.readable;
    },
    destroy: () => {
      socket.destroy();
    },
  };
}
