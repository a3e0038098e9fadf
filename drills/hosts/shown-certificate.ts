import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AwakeTimer } from "./awake-timer";

/** PostgreSQL's request to encrypt: its length, and the code that stands for it; see "SSLRequest" in its protocol. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);
const ENCRYPTS = "S";

/** How a server is told to encrypt: PostgreSQL is asked to, Redis does from the first byte. */
export type Greeting = "postgres" | "redis";

/**
 * The SHA-256 fingerprint of the certificate that a server shows now, as Node writes it. Nothing is sent to the server but
 * the greeting, so whoever answers learns nothing, and nothing is believed.
 * @throws Error of the connection; a server that does not encrypt is one, by its answer
 */
export async function shownCertificate(
  { address, port }: { readonly address: string; readonly port: number },
  greeting: Greeting,
  timeoutMs = 5000,
): Promise<string> {
  const socket = connectTcp({ host: address, port });
  const timer = new AwakeTimer(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
  try {
    await once(socket, "connect");
    if (greeting === "postgres") {
      socket.write(SSL_REQUEST);
      const said = String(await once(socket, "data"));
      if (said !== ENCRYPTS) throw new Error("the server does not encrypt");
    }
    // Only looked at: it is compared with the one that is expected.
    const session = connectTls({ socket, rejectUnauthorized: false });
    await once(session, "secureConnect");
    const shown = session.getPeerX509Certificate();
    session.destroy();
    if (shown === undefined) throw new Error("the server shows no certificate");
    return shown.fingerprint256;
  } finally {
    timer.cancel();
    socket.destroy();
  }
}

function once(socket: Socket, event: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    socket
      .once(event, resolve)
      .once("error", reject)
      .once("close", () => reject(new Error("the server ended the connection")));
  });
}
