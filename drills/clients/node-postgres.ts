import { Socket } from "node:net";
import { Client, DatabaseError } from "pg";
import { DATABASE, EVENTS_TABLE } from "../../settings/names";
import { tlsOptions } from "../hosts/postgres-encryption";
import { PrimaryFinder, type Opened } from "./find-primary";
import type { ClientAddress, ClientSettings } from "./order";
import { ANSWERED, codeOfLost, NotConnected, type ClientSession, type Reply } from "./session";

const WRITE = `insert into ${EVENTS_TABLE} (run, seq, written_at) values ($1, $2, clock_timestamp())`;

/** SQLSTATEs with which a server ends a session: operator intervention, and what stands for a lost connection. */
const ENDS_SESSION = /^57P0[1-5]$/;
const LOST = /^(08|58|XX)/;
/** A server that is no primary: read_only_sql_transaction. */
const NO_PRIMARY = "25006";

/** What an error says that came back for a sent statement. */
export function replyOfPostgres(error: unknown): Reply {
  if (!(error instanceof DatabaseError)) return { end: "u", code: codeOfLost(error), leave: true };
  const code = error.code ?? "XX000";
  if (ENDS_SESSION.test(code)) return { end: "e", code, leave: true };
  if (LOST.test(code)) return { end: "u", code, leave: true };
  return { end: "f", code, leave: code === NO_PRIMARY };
}

/** Sessions of `pg`, as its own pages have them: one `Client` each, which neither reconnects nor resends. */
export function nodePostgres(settings: ClientSettings): () => Promise<ClientSession> {
  const finder = new PrimaryFinder(settings.addresses, (address) => openAt(address, settings));
  return () => finder.find();
}

async function openAt(
  { host, port }: ClientAddress,
  { user, password, tls, run, route, connectTimeoutMs }: ClientSettings,
): Promise<Opened<ClientSession>> {
  const socket = new Socket();
  const client = new Client({
    ...{ host, port, user, password, database: DATABASE, application_name: "understudy-clients" },
    ...{ connectionTimeoutMillis: connectTimeoutMs, stream: () => socket, ssl: tls ? tlsOptions(tls, host) : false },
  });
  // A connection that ends between two statements is told here; the next statement connects anew.
  client.on("error", () => socket.destroy());
  try {
    await client.connect();
    const isPrimary = route === "door" || !(await isStandby(client));
    return {
      isPrimary,
      session: {
        send: (number) =>
          client.query(WRITE, [run, number]).then(
            () => ANSWERED,
            (error: unknown) => replyOfPostgres(error),
          ),
        get isOpen() {
          return !socket.destroyed && socket.readable;
        },
        close: () => void socket.destroy(),
      },
    };
  } catch (error) {
    socket.destroy();
    throw new NotConnected(error instanceof DatabaseError ? (error.code ?? "XX000") : codeOfLost(error));
  }
}

async function isStandby(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ standby: boolean }>("select pg_is_in_recovery() as standby");
  return rows[0]?.standby !== false;
}
