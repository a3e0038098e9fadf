import { z } from "zod";
import { EVENTS_STREAM } from "../../settings/names";
import { redisClient } from "../hosts/redis-client";
import { messageOf } from "../../settings/user-error";
import type { Answer, StoreConnection } from "./answer";
import type { ProbeAddress } from "./options";
import { classifyRedisError } from "./redis-answer";

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
