import { ErrorReply } from "@redis/client";
import { z } from "zod";
import { redisClient } from "../hosts/redis";
import type { Answer, StoreConnection } from "./answer";
import type { ProbeAddress } from "./options";
import { EVENTS_STREAM } from "../../settings/names";
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
export function probeClient({ host, port }: ProbeAddress, password: string) {
  return redisClient({
    socket: { host, port, connectTimeout: CONNECT_TIMEOUT_MS },
    ...(password === "" ? {} : { password }),
    disableClientInfo: true,
    commandOptions: { timeout: 0 },
  });
}

/**
 * Opens a session for the probe's XADDs.
 * @throws Error of the driver when the server refuses or is silent for 4 s
 */
export async function openRedis(at: ProbeAddress, password: string, run: string): Promise<StoreConnection> {
  const client = probeClient(at, password);
  const destroy = (): void => {
    if (client.isOpen) client.destroy();
  };
  const closed = new Promise<void>((resolve) => {
    client.once("error", () => {
      resolve();
    });
    client.once("end", () => {
      resolve();
    });
  });
  const giveUp = setTimeout(destroy, CONNECT_TIMEOUT_MS * 2);
  try {
    await client.connect();
  } catch (error) {
    destroy();
    throw error;
  } finally {
    clearTimeout(giveUp);
  }

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
