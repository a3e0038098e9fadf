import type { ConnectionOptions } from "node:tls";
import { createClient, ErrorReply, SimpleError } from "@redis/client";
import type { ClientCertificate } from "../../settings/certificates/clients";
import { bounded } from "./bounded";
import { tlsOptions } from "./postgres-encryption";
import type { OwnLogin } from "./postgres-session";
import { knockRedis } from "./redis-knock";
import { AnsweredBefore, isSystemError, NO_ENCRYPTION } from "./signs-of-life";
import { messageOf } from "../../settings/user-error";
import { EVENTS_STREAM } from "../../settings/names";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";

/** A client that is never connected. */
function unconnected() {
  return createClient({ RESP: 2, disableOfflineQueue: true });
}

type RedisClient = ReturnType<typeof unconnected>;
type Overrides = NonNullable<Parameters<RedisClient["duplicate"]>[0]>;

/** Where a client connects to; encrypted with `tls`. */
interface RedisSocket {
  readonly host: string;
  readonly port: number;
  readonly connectTimeout?: number;
  readonly noDelay?: boolean;
  readonly tls?: ClientCertificate | undefined;
  /** Ends the connection also while it is being made, which the driver does not. */
  readonly signal?: AbortSignal;
}

function encryptedSocket(tls: ClientCertificate, host: string): ConnectionOptions & { tls: true } {
  return { tls: true, ...tlsOptions(tls, host) };
}

let first: RedisClient | undefined;

/**
 * A client, not connected yet, that neither reconnects by itself nor queues while it is closed. Each is a duplicate of
 * the first one: for an address other than the last `createClient` makes a class with every command of Redis anew, and
 * nothing else happens in this process for those 20 ms.
 */
export function redisClient({
  socket: { tls, ...socket },
  ...overrides
}: Omit<Overrides, "socket"> & { socket: RedisSocket }) {
  first ??= unconnected();
  // No `CLIENT SETINFO`: a user of ours may not say it.
  const client = first.duplicate({
    ...overrides,
    disableClientInfo: true,
    socket: { ...socket, ...(tls && encryptedSocket(tls, socket.host)), reconnectStrategy: false },
  });
  client.on("error", () => undefined);
  return client;
}

/** No command that is sent to a server takes so long, milliseconds: one that has not answered by then is frozen or cut off. */
const COMMAND_MS = 30_000;

/** An open session; it never reconnects by itself and never queues while it is closed. One that was silent is closed. */
export interface RedisSession {
  /** Whom it has logged in as; undefined where it has not had to. */
  readonly user?: string;
  /** Whether it is encrypted. */
  readonly tls?: boolean;
  /** @throws Error of the server or the driver, or when there is no answer within 30 s */
  command(...words: string[]): Promise<unknown>;
  close(): void;
}

/** How long a machine may be silent while it is connected to, milliseconds. */
const CONNECT_MS = 3000;

/** A frozen server's machine still accepts connections: it is the first answer that counts. */
const OPENS_MS = 5000;

/** How long a server that closed the connection is asked for its reason, milliseconds. */
const REASON_MS = 1000;

/** Whom a session logs in as, and where. */
export interface RedisTarget {
  readonly address: string;
  readonly port: number;
  /** @default the user `default`, that of applications that have no other */
  readonly user?: string;
  readonly password: string;
  /** How it encrypts; without it the session is plain. */
  readonly tls?: ClientCertificate | undefined;
}

/** A server that takes a connection and ends it before it is encrypted may live: it takes no more, or has another protocol. */
class EndedBefore extends Error {
  readonly code = "ERR_TLS_ENDED";
}

async function answersPlainly(target: RedisTarget): Promise<boolean> {
  return /^[-+]/.test((await knockRedis(target, REASON_MS)) ?? "");
}

/** Opens a session. @throws Error of the driver when the server refuses, cannot be reached within 3 s, or does not answer within 5 s */
export async function connectRedis(target: RedisTarget): Promise<RedisSession> {
  const { user = DEFAULT_REDIS_USER, password, tls } = target;
  // Without the driver's own bound, which would take a busy process for a silent server.
  const givenUp = new AbortController();
  const { address: host, port } = target;
  const socket = { host, port, connectTimeout: 0, noDelay: true, tls, signal: givenUp.signal };
  const client = redisClient({ socket, password, ...(user === DEFAULT_REDIS_USER ? {} : { username: user }) });
  const close = (): void => {
    if (client.isOpen) client.destroy();
  };
  const began = performance.now();
  try {
    const reached = new Promise((resolve) => client.once("connect", resolve));
    const opened = bounded("Redis", OPENS_MS, client.connect());
    await bounded("Redis", CONNECT_MS, Promise.race([reached, opened]));
    await opened;
  } catch (error) {
    // Where the attempt was given up, its connection would stay, and keep this process alive.
    close();
    givenUp.abort();
    // It may have closed with a word that the driver does not tell.
    const fast = performance.now() - began < REASON_MS;
    if (tls !== undefined && (error as { code?: unknown }).code === "ECONNRESET")
      throw new EndedBefore(messageOf(error), { cause: error });
    // A plain server waits for the end of a line that never comes: asked plainly, and without a login, it answers.
    const mute = tls !== undefined && !(error instanceof ErrorReply) && !isSystemError(error);
    if (mute && (await answersPlainly(target)))
      throw new AnsweredBefore(`the server at ${target.address}:${target.port} does not encrypt`, {
        cause: { code: NO_ENCRYPTION },
      });
    if (error instanceof ErrorReply || isSystemError(error) || !fast || tls !== undefined) throw error;
    const said = await knockRedis(target, REASON_MS);
    if (said === null) throw error;
    throw said.startsWith("-")
      ? new SimpleError(said.slice(1))
      : new AnsweredBefore(messageOf(error), { cause: error });
  }
  return {
    user,
    tls: tls !== undefined,
    command: async (...words) => {
      let answered = false as boolean;
      const answer = client.sendCommand(words).finally(() => (answered = true));
      try {
        return await bounded(`Redis ${words[0] ?? ""}`, COMMAND_MS, answer);
      } finally {
        if (!answered) close();
      }
    },
    close,
  };
}

/** How Redis begins its answer to a user that it does not know, or to another password than the user's. */
const WRONG_PASSWORD = /^WRONGPASS\b/;

/** Whether a server does not let somebody in: by its code, never by silence. */
export function isWrongPassword(error: unknown): boolean {
  return error instanceof ErrorReply && WRONG_PASSWORD.test(error.message);
}

/**
 * Opens a session of one of our users or, where the server does not have it yet, of `default`, as before there were users.
 * While the user's password is exchanged a server takes either, or the former one alone.
 * @throws Error as `connectRedis`: of the first attempt, unless the server took the second login and had another reason
 */
export async function connectOwnUser(target: RedisTarget & OwnLogin, defaultPassword: string): Promise<RedisSession> {
  const { former } = target;
  try {
    return await connectRedis(target).catch((error: unknown) => {
      if (former === undefined || !isWrongPassword(error)) throw error;
      return connectRedis({ ...target, password: former });
    });
  } catch (error) {
    if (!isWrongPassword(error)) throw error;
    const { address, port, tls } = target;
    return connectRedis({ address, port, tls, password: defaultPassword }).catch((second: unknown) => {
      throw isWrongPassword(second) ? error : second;
    });
  }
}

/** Who a Redis server is and what it is now, as INFO says. Offsets are bytes of its replication stream. */
export interface RedisIdentity {
  readonly role: "primary" | "standby";
  readonly replicationId: string;
  readonly offset: number;
  readonly version: string;
  /** On a standby: whom it follows, and whether the link is up. */
  readonly follows: { host: string; port: number; linkUp: boolean } | null;
  /** On a primary: the standbys connected, by announced address. */
  readonly replicas: readonly { address: string; online: boolean; offset: number }[];
  readonly fullSyncs: number;
  readonly partialSyncs: number;
}

/** Reads INFO's `key:value` lines. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(/\r?\n/).flatMap((line) => {
      const at = line.indexOf(":");
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    }),
  );
}

/**
 * Which server it is: the version of Redis, or that of Valkey with its name, whose `redis_version` is one that it is
 * compatible with and stays the same over its own. Undefined where INFO names none.
 */
export function serverVersion(info: ReadonlyMap<string, string>): string | undefined {
  const valkey = info.get("valkey_version");
  return valkey === undefined ? info.get("redis_version") : `Valkey ${valkey}`;
}

/** Turns INFO into what a drill asks of a server. @throws Error when the text is not that of INFO */
export function identityFromInfo(text: string): RedisIdentity {
  const info = parseInfo(text);
  const role = info.get("role");
  if (role !== "master" && role !== "slave")
    throw new Error(`INFO names no role: ${JSON.stringify(text.slice(0, 80))}`);
  const offset = info.get(role === "master" ? "master_repl_offset" : "slave_repl_offset");
  if (offset === undefined || !/^-?\d+$/.test(offset))
    throw new Error(`INFO names no replication offset: ${JSON.stringify(offset ?? null)}`);
  const number = (key: string): number => Number(info.get(key) ?? 0);
  const replicas = [...info].flatMap(([key, value]) => {
    if (!/^slave\d+$/.test(key)) return [];
    const fields = new Map(value.split(",").map((field) => field.split("=", 2) as [string, string]));
    return [
      {
        address: fields.get("ip") ?? "",
        online: fields.get("state") === "online",
        offset: Number(fields.get("offset")),
      },
    ];
  });
  return {
    role: role === "master" ? "primary" : "standby",
    replicationId: info.get("master_replid") ?? "",
    offset: Number(offset),
    version: serverVersion(info) ?? "",
    follows:
      role === "master"
        ? null
        : {
            host: info.get("master_host") ?? "",
            port: number("master_port"),
            linkUp: info.get("master_link_status") === "up",
          },
    replicas,
    fullSyncs: number("sync_full"),
    partialSyncs: number("sync_partial_ok"),
  };
}

/** Who this server is and what it is now, as it says itself. */
export async function identifyRedis(session: RedisSession): Promise<RedisIdentity> {
  return identityFromInfo(String(await session.command("INFO")));
}

/** Replication offset only: the cheap question asked inside the cut. */
export async function replicationOffset(session: RedisSession): Promise<number> {
  return identityFromInfo(String(await session.command("INFO", "replication"))).offset;
}

/** Journal entries that the primary has and the standby does not, counted up to `most`. */
export async function redisEventsBehind(primary: RedisSession, standby: RedisSession, most = 100_000): Promise<number> {
  const newest = (await standby.command("XREVRANGE", EVENTS_STREAM, "+", "-", "COUNT", "1")) as [string, string[]][];
  const from = newest[0] === undefined ? "-" : `(${newest[0][0]}`;
  return ((await primary.command("XRANGE", EVENTS_STREAM, from, "+", "COUNT", String(most))) as unknown[]).length;
}
