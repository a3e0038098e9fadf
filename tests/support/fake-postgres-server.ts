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

/** ReadyForQuery outside of a transaction: the server waits for the next statement. */
export const READY = backendMessage("Z", "I");
/** The answer to an insert of one row that was prepared, bound and executed. */
export const INSERTED = Buffer.concat([
  backendMessage("1"),
  backendMessage("2"),
  backendMessage("n"),
  backendMessage("C", "INSERT 0 1\0"),
  READY,
]);

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number): Buffer => Buffer.concat([int16(value >> 16), int16(value & 65535)]);

/** Object ids of column types. */
export const TYPES = { bool: 16, int8: 20, int4: 23 } as const;

/** The answer to a query: its columns' types by name, and each row's values as the text protocol has them. */
export function selected(columns: Readonly<Record<string, number>>, rows: readonly (readonly string[])[]): Buffer {
  const describe = Object.entries(columns).map(([name, type]) =>
    Buffer.concat([
      Buffer.from(`${name}\0`),
      int32(0),
      int16(0),
      int32(type),
      int16(65535),
      int32(0xffffffff),
      int16(0),
    ]),
  );
  const data = rows.map((row) =>
    backendMessage(
      "D",
      Buffer.concat([
        int16(row.length),
        ...row.flatMap((value) => [int32(Buffer.byteLength(value)), Buffer.from(value)]),
      ]),
    ),
  );
  return Buffer.concat([
    backendMessage("1"),
    backendMessage("2"),
    backendMessage("T", Buffer.concat([int16(describe.length), ...describe])),
    ...data,
    backendMessage("C", "SELECT\0"),
    READY,
  ]);
}

/** One statement as it arrived: its text, and its values when it had any. */
export interface Statement {
  readonly text: string;
  readonly values: readonly string[];
}

/** Answers one statement that is no EXPLAIN, an INSERT of the probe as a rule, by writing to the socket or ending it. */
export type PostgresScript = (socket: Socket, statement: Statement) => void;

/** Name and text of a Parse message. */
function parsed(body: string): [string, string] {
  const [name = "", text = ""] = body.split("\0");
  return [name, text];
}

/** Statement name and values of a Bind message whose values are text. */
function bound(body: string): { name: string; values: string[] } {
  const [portal = "", name = ""] = body.split("\0", 2);
  const bytes = Buffer.from(body, "latin1");
  let at = portal.length + name.length + 2;
  at += 2 + 2 * bytes.readInt16BE(at);
  const count = bytes.readInt16BE(at);
  at += 2;
  const values = Array.from({ length: count }, () => {
    const length = bytes.readInt32BE(at);
    at += 4 + length;
    return bytes.toString("latin1", at - length, at);
  });
  return { name, values };
}

/** Takes a client's messages one by one and answers each statement. */
function conversation(socket: Socket, script: PostgresScript, version?: string): (type: string, body: string) => void {
  const texts = new Map<string, string>();
  let statement: Statement = { text: "", values: [] };
  return (type, body) => {
    if (type === "startup") {
      const said = version === undefined ? [] : [backendMessage("S", `server_version\0${version}\0`)];
      socket.write(Buffer.concat([backendMessage("R", Buffer.alloc(4)), ...said, READY]));
    } else if (type === "P") {
      texts.set(...parsed(body));
    } else if (type === "B") {
      const { name, values } = bound(body);
      statement = { text: texts.get(name) ?? "", values };
    } else if (type === "Q") {
      script(socket, { text: body.replace(/\0$/, ""), values: [] });
    } else if (type === "S") {
      if (statement.text.startsWith("EXPLAIN")) socket.write(INSERTED);
      else script(socket, statement);
    }
  };
}

/**
 * A server on loopback that speaks just enough of the protocol for the probe: it lets everybody in, answers EXPLAIN,
 * and leaves every other statement to `script`. It says what version it has where it is given one.
 */
export async function fakePostgresServer(
  script: PostgresScript,
  at = 0,
  version?: string,
): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let started = false;
    const hear = conversation(socket, script, version);
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
        started = true;
        hear(type, body);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(at, "127.0.0.1", resolve));
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, server };
}
