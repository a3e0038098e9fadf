import { createServer, type Server } from "node:http";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A receiver of HTTP on loopback, and what it was sent. */
export interface StubReceiver {
  readonly url: string;
  readonly got: { readonly path: string; readonly body: unknown }[];
  /** What it answers from now on. */
  answer: { status: number; text: string };
  close(): Promise<void>;
}

/** Starts a receiver that answers 200 until it is told otherwise. */
export async function stubReceiver(): Promise<StubReceiver> {
  const got: StubReceiver["got"] = [];
  const stub = { got, answer: { status: 200, text: "ok" } };
  const server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      got.push({ path: request.url ?? "", body: JSON.parse(body) as unknown });
      response.writeHead(stub.answer.status).end(stub.answer.text);
    });
  });
  const url = `http://127.0.0.1:${await listening(server)}`;
  return Object.assign(stub, {
    url,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

async function listening(server: {
  listen(port: number, host: string, then: () => void): unknown;
  address(): unknown;
}) {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A mail server on loopback that takes one mail after the other, without encryption, and what it was told. */
export async function stubMailServer(): Promise<{ readonly port: number; readonly said: () => string; close(): void }> {
  let said = "";
  const server = createTcpServer((socket) => {
    let inData = false;
    socket.setEncoding("utf8").write("220 stub ESMTP\r\n");
    socket.on("data", (chunk: string) => {
      said += chunk;
      for (const line of chunk.split("\r\n").slice(0, -1)) {
        if (inData) {
          if (line !== ".") continue;
          inData = false;
          socket.write("250 taken\r\n");
        } else if (line.startsWith("EHLO")) socket.write("250-stub\r\n250 AUTH PLAIN LOGIN\r\n");
        else if (line.startsWith("AUTH")) socket.write("235 let in\r\n");
        else if (line === "STARTTLS") socket.write("502 not here\r\n");
        else if (line === "DATA") {
          inData = true;
          socket.write("354 go on\r\n");
        } else if (line === "QUIT") socket.end("221 bye\r\n");
        else socket.write("250 ok\r\n");
      }
    });
    socket.on("error", () => undefined);
  });
  return { port: await listening(server), said: () => said, close: () => void server.close() };
}
