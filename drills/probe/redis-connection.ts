import { ErrorReply } from "@redis/client";
import { z } from "zod";
import { isWrongPassword, redisClient } from "../hosts/redis";
import type { Answer, StoreConnection } from "./answer";
import type { RedisAddress, RedisLogin } from "./options";
import { EVENTS_STREAM } from "../../settings/names";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import { messageOf } from "../../settings/user-error";

/** Error replies that Redis gives before it runs a write, by their first word. Source: Redis' shared error objects. */
const REFUSALS = new Set([
  "READONLY", // a replica
  "LOADING",
  "MASTERDOWN",
  "NOREPLICAS",
  "MISCONF",
  "OOM",
  "BUSY",
  "NOAUTH",
  "NOPERM",
  "WRONGTYPE",
  "CLUSTERDOWN",
  "MOVED",
  "TRYAGAIN",
]);

/** What an error that came back for a sent XADD says about that XADD; what is not listed is indeterminate. */
export function classifyRedisError(error: unknown): "r" | "i" {
  if (!(error instanceof ErrorReply)) return "i";
  return REFUSALS.has(error.message.split(" ", 1)[0] ?? "") ? "r" : "i";
}

const CONNECT_TIMEOUT_MS = 2000;

const streamId = z.string();

/** A client that gives no command up by itself: the probe decides that. */
function probeClient(at: RedisAddress, { redisTls }: RedisLogin, user: string, password: string) {
  const { host, port } = at;
  if (at.tls === true && redisTls === undefined) throw new Error(`no certificate for ${host}:${port}`);
  return redisClient({
    socket: { host, port, connectTimeout: CONNECT_TIMEOUT_MS, ...(at.tls === true ? { tls: redisTls } : {}) },
    ...(password === "" ? {} : { password }),
    ...(user === DEFAULT_REDIS_USER ? {} : { username: user }),
    commandOptions: { timeout: 0 },
  });
}

/** A client of the probe's, connected. */
export type ProbeClient = ReturnType<typeof probeClient>;

/**
 * Connects as the probe's user, while its password is exchanged with either; or, where the server does not know it yet, as
 * `default`.
 * @param opened told of each client before it connects, so that a silent server's can be ended
 * @throws Error of the driver when the server refuses all
 */
export async function connectProbe(
  at: RedisAddress,
  login: RedisLogin,
  opened: (client: ProbeClient) => void,
): Promise<ProbeClient> {
  const { redisUser, redis, redisBefore, former } = login;
  const connect = async (user: string, password: string): Promise<ProbeClient> => {
    const client = probeClient(at, login, user, password);
    opened(client);
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (client.isOpen) client.destroy();
      throw error;
    }
  };
  const others: [string, string | undefined][] = [
    [redisUser, former?.redis],
    [DEFAULT_REDIS_USER, redisBefore],
  ];
  let refused: unknown;
  for (const [user, password] of [[redisUser, redis] as const, ...others]) {
    if (password === undefined) continue;
    try {
      return await connect(user, password);
    } catch (error) {
      if (!isWrongPassword(error)) throw error;
      refused ??= error;
    }
  }
  throw refused;
}

/**
 * Opens a session for the probe's XADDs.
 * @throws Error of the driver when the server refuses or is silent for 4 s
 */
export async function openRedis(at: RedisAddress, login: RedisLogin, run: string): Promise<StoreConnection> {
  let current = undefined as ProbeClient | undefined;
  let closed: Promise<void> = Promise.resolve();
  const destroy = (): void => {
    if (current?.isOpen) current.destroy();
  };
  const giveUp = setTimeout(destroy, CONNECT_TIMEOUT_MS * 2);
  const client = await connectProbe(at, login, (opened) => {
    current = opened;
    closed = new Promise<void>((resolve) => {
      for (const end of ["error", "end"] as const) opened.once(end, () => resolve());
    });
  }).finally(() => {
    clearTimeout(giveUp);
  });

  async function write(seq: number): Promise<Answer> {
    try {
      const id = await client.sendCommand(["XADD", EVENTS_STREAM, "*", "run", run, "seq", String(seq)]);
      return { outcome: "a", ended: true, reason: "", receipt: streamId.parse(id) };
    } catch (error) {
      const outcome = classifyRedisError(error);
      if (outcome === "i") destroy();
      return { outcome, ended: true, reason: messageOf(error) };
    }
  }
  return {
    write,
    closed,
    get isOpen() {
      return client.isReady;
    },
    destroy,
  };
}
