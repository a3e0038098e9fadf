import { connect } from "node:net";
import { Client, DatabaseError } from "pg";
import type { WriterOrder } from "./attempt";
import type { Door } from "./lane";

const TABLE = "lab_watch.writes";
/** Redis key that is written; one a host, so that it does not grow. */
const KEY = "lab-watch";

/** The table is made by whoever may write and finds none; the standby gets it as it gets everything else. */
const MAKE_TABLE = `create schema if not exists lab_watch;
  create table if not exists ${TABLE} (run text, host text, n bigint, at timestamptz default now())`;

/** SQL state of a table that is not there. */
const UNDEFINED_TABLE = "42P01";

/** A connection to the host's PostgreSQL, at the address its clients use. */
export async function openPostgres({ host, address, run, timeoutMs, postgres }: WriterOrder): Promise<Door> {
  let open = true;
  const client = new Client({
    host: address,
    ...postgres,
    application_name: "lab-watch",
    connectionTimeoutMillis: timeoutMs,
    // A watch that waited for the disk would slow down what it watches; who acknowledges is the same.
    options: "-c synchronous_commit=off",
  });
  client.on("error", () => (open = false));
  client.on("end", () => (open = false));
  await client.connect();
  const insert = (number: number): Promise<unknown> =>
    client.query({
      name: "write",
      text: `insert into ${TABLE} (run, host, n) values ($1, $2, $3)`,
      values: [run, host, number],
    });
  return {
    write: async (number) => {
      try {
        await insert(number);
      } catch (error) {
        if (!(error instanceof DatabaseError) || error.code !== UNDEFINED_TABLE) throw error;
        await client.query(MAKE_TABLE);
        await insert(number);
      }
    },
    isOpen: () => open,
    close: () => {
      open = false;
      void client.end().catch(() => undefined);
    },
  };
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/** A connection to the host's Redis, at the address its clients use. Its answers here are one line each. */
export function openRedis({ host, address, run, redis }: WriterOrder): Promise<Door> {
  const socket = connect({ host: address, port: redis.port, noDelay: true });
  let open = true;
  let text = "";
  let waiting: { resolve: () => void; reject: (error: Error) => void } | undefined;
  const fail = (why: string): void => {
    open = false;
    waiting?.reject(new Error(why));
    waiting = undefined;
  };
  socket.setEncoding("utf8");
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => fail("connection closed"));
  socket.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\r\n");
    if (end < 0) return;
    const line = text.slice(0, end);
    text = text.slice(end + 2);
    if (line.startsWith("+")) waiting?.resolve();
    else waiting?.reject(new Error(line));
    waiting = undefined;
  });
  const ask = (...words: readonly string[]): Promise<void> =>
    new Promise((resolve, reject) => {
      if (!open) return reject(new Error("connection closed"));
      waiting = { resolve, reject };
      socket.write(command(...words));
    });
  const door: Door = {
    write: (number) => ask("SET", `${KEY}:${host}`, `${run}:${number}`),
    isOpen: () => open,
    close: () => {
      open = false;
      socket.destroy();
    },
  };
  return ask("AUTH", redis.password).then(
    () => door,
    (error: unknown) => {
      door.close();
      throw error;
    },
  );
}
