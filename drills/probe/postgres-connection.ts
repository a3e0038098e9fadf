import { Socket } from "node:net";
import { Client } from "pg";
import { DATABASE, EVENTS_TABLE, SUPERUSER } from "../../settings/names";
import { messageOf } from "../../settings/user-error";
import type { Answer, StoreConnection } from "./answer";
import type { ProbeAddress } from "./options";
import { classifyPostgresError } from "./postgres-answer";

const CONNECT_TIMEOUT_MS = 2000;

/** A session at a standby says nothing until it is needed: no firewall between may forget it meanwhile. */
const KEEP_ALIVE_MS = 10_000;
const INSERT = `INSERT INTO ${EVENTS_TABLE} (run, seq, written_at) VALUES ($1, $2, clock_timestamp())`;

/** A refused INSERT is the probe's daily bread: it does not belong in the server's log. Severities are read in English. */
const SESSION_OPTIONS = "-c log_min_messages=fatal -c lc_messages=C";

/** A client whose socket can be cut at once, which `Client.end` cannot do while a server is silent. */
export function postgresClient(at: ProbeAddress, password: string): { client: Client; socket: Socket } {
  const socket = new Socket();
  const client = new Client({
    host: at.host,
    port: at.port,
    user: SUPERUSER,
    password,
    database: DATABASE,
    application_name: "understudy-probe",
    options: SESSION_OPTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    stream: () => socket,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  });
  client.on("error", () => socket.destroy());
  return { client, socket };
}

/**
 * Opens a session for the probe's INSERTs and plans one, so that the first event after a swap costs no more than the
 * others. EXPLAIN writes nothing and works on a standby too.
 * @throws Error of the driver when the server refuses, is silent for 2 s, or has no journal table
 */
export async function openPostgres(at: ProbeAddress, password: string, run: string): Promise<StoreConnection> {
  const { client, socket } = postgresClient(at, password);
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
    await client.connect();
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
