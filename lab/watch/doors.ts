import { connect, type Socket } from "node:net";
import { connect as connectEncrypted } from "node:tls";
import { Client, DatabaseError } from "pg";
import { tlsOptions } from "../../drills/hosts/postgres-encryption";
import type { WriterOrder } from "./attempt";
import type { Door } from "./lane";
import { MAKE_USER_TABLE, USER_DATABASE, USER_REDIS_DATABASE, USER_TABLE, userKey } from "./user-data";

/** SQL states of a table and of a database that are not there. */
const UNDEFINED_TABLE = "42P01";
const UNDEFINED_DATABASE = "3D000";

/** A row is promised once it is acknowledged: without this it could be in memory alone. */
const OPTIONS = "-c synchronous_commit=on";

function codeOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}

/** A session of the writer, and whether it is still there. */
interface Session {
  readonly client: Client;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

async function connectTo(database: string, { address, timeoutMs, postgres }: WriterOrder): Promise<Session> {
  let open = true;
  const { ca, ...login } = postgres;
  const client = new Client({
    host: address,
    ...login,
    ssl: ca === undefined ? false : tlsOptions({ ca }, address),
    database,
    application_name: "lab-watch",
    connectionTimeoutMillis: timeoutMs,
    options: OPTIONS,
  });
  client.on("error", () => (open = false));
  client.on("end", () => (open = false));
  await client.connect();
  const close = (): void => {
    open = false;
    void client.end().catch(() => undefined);
  };
  return { client, isOpen: () => open, close };
}

/** As an application's set-up does once; the standby gets the database as it gets everything else. */
async function makeDatabase(order: WriterOrder): Promise<void> {
  const { client, close } = await connectTo(order.postgres.database, order);
  try {
    await client.query(`create database ${USER_DATABASE}`);
  } finally {
    close();
  }
}

/** A connection to the user's database on the host's PostgreSQL, at the address its clients use. What is not there is made. */
export async function openPostgres(order: WriterOrder): Promise<Door> {
  const { host, run } = order;
  const { client, isOpen, close } = await connectTo(USER_DATABASE, order).catch(async (error: unknown) => {
    if (codeOf(error) !== UNDEFINED_DATABASE) throw error;
    await makeDatabase(order);
    return connectTo(USER_DATABASE, order);
  });
  const insert = (number: number): Promise<unknown> =>
    client.query({
      name: "write",
      text: `insert into ${USER_TABLE} (run, host, number) values ($1, $2, $3)`,
      values: [run, host, number],
    });
  const write = async (number: number): Promise<void> => {
    try {
      await insert(number);
    } catch (error) {
      if (codeOf(error) !== UNDEFINED_TABLE) throw error;
      await client.query(MAKE_USER_TABLE);
      await insert(number);
    }
  };
  return { write, isOpen, close };
}

function command(...words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;
}

/** A connection to the user's database of the host's Redis, at the address its clients use. Its answers here are one line each. */
export function openRedis({ host, address, run, redis }: WriterOrder): Promise<Door> {
  const at = { host: address, port: redis.port, noDelay: true };
  const socket: Socket =
    redis.ca === undefined ? connect(at) : connectEncrypted({ ...at, ...tlsOptions({ ca: redis.ca }, address) });
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
    if (/^[+:]/.test(line)) waiting?.resolve();
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
    write: (number) => ask("RPUSH", userKey(run, host), String(number)),
    isOpen: () => open,
    close: () => {
      open = false;
      socket.destroy();
    },
  };
  return ask("AUTH", redis.password)
    .then(() => ask("SELECT", String(USER_REDIS_DATABASE)))
    .then(
      () => door,
      (error: unknown) => {
        door.close();
        throw error;
      },
    );
}
