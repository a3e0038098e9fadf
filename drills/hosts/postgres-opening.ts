import { type Client, DatabaseError } from "pg";
import { messageOf } from "../../settings/user-error";
import { AwakeTimer } from "./awake-timer";
import { TimeUp } from "./bounded";
import { PlainOnly, type SessionTls } from "./postgres-encryption";
import { connectOwn } from "./postgres-session";
import { AnsweredBefore } from "./signs-of-life";

/** How long a server may be silent on the way to a session, milliseconds: until it is reached, then encrypts, then lets in. */
const SILENT_MS = 3000;

/** Where a session is opened, and how it encrypts. */
interface Server {
  readonly address: string;
  readonly port: number;
  readonly tls?: SessionTls | undefined;
}

/**
 * Connects a client. Whoever has answered before the attempt failed is told from whoever said nothing.
 * The driver has errors of its own for answers that it cannot go on with, such as another way to log in than it knows, and
 * is silent on some: a server that cannot start a process for a session says so without a SQLSTATE, and closes.
 * @throws PlainOnly, AnsweredBefore, TimeUp after 3 s of silence, else Error of the driver
 */
export async function connectAndHear(client: Client, { address, port, tls }: Server): Promise<void> {
  let heard: Buffer | undefined;
  client.connection.stream.once("data", (first: Buffer) => (heard = first));
  const patience = new AwakeTimer(SILENT_MS, () =>
    client.connection.stream.destroy(new TimeUp(`silent for ${SILENT_MS} ms`)),
  );
  // A machine under load takes its time to start a process for the session, to encrypt and to look at a password.
  for (const sign of ["connect", "sslconnect"]) client.connection.once(sign, () => patience.refresh());
  try {
    await connectOwn(client);
  } catch (error) {
    // The answer to the request to encrypt is one byte: whatever becomes of the encryption, the server lives.
    if (tls !== undefined && heard?.toString("latin1", 0, 1) === "N") throw new PlainOnly(address, port);
    if (heard !== undefined && !(error instanceof DatabaseError))
      throw new AnsweredBefore(messageOf(error), { cause: error });
    throw error;
  } finally {
    patience.cancel();
  }
}
