import { createServer, type Server, type Socket } from "node:net";

/** One backend message: its type and its body. */
export function backendMessage(type: string, body: Buffer | string = ""): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}

/** The body of an error or a notice. */
export function reportBody(severity: string, code: string, message: string): string {
  return `S${severity}\0V${severity}\0C${code}\0M${message}\0\0`;
}

export const READY = backendMessage("Z", "I");
export const INSERTED = Buffer.concat([
  backendMessage("1"),
  backendMessage("2"),
  backendMessage("n"),
  backendMessage("C", "INSERT 0 1\0"),
  READY,
]);

/** Answers one INSERT of the probe by writing to the socket, or by ending it. */
export type PostgresScript = (socket: Socket) => void;

/**
 * A server on loopback that speaks just enough of the protocol for the probe: it lets everybody in, answers EXPLAIN,
 * and leaves every INSERT to `script`.
 */
export async function fakePostgresServer(script: PostgresScript): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let started = false;
    let explains = false;
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (;;) {
        const head = started ? 1 : 0;
        if (bytes.length < head + 4) return;
        const end = head + bytes.readInt32BE(head);
        if (bytes.length < end) return;
        const type = started ? bytes.toString("latin1", 0, 1) : "startup";
        const body = bytes.toString("latin1", head + 4, end);
        bytes = bytes.subarray(end);
        if (type === "startup") {
          started = true;
          socket.write(Buffer.concat([backendMessage("R", Buffer.alloc(4)), READY]));
        } else if (type === "P") {
          explains = body.includes("EXPLAIN");
        } else if (type === "S") {
          if (explains) socket.write(INSERTED);
          else script(socket);
          explains = false;
        }
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, server };
}
