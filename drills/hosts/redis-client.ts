import { createClient } from "@redis/client";

/** A client that is never connected. */
function unconnected() {
  return createClient({ RESP: 2, disableOfflineQueue: true });
}

type RedisClient = ReturnType<typeof unconnected>;
type Overrides = NonNullable<Parameters<RedisClient["duplicate"]>[0]>;

let first: RedisClient | undefined;

/**
 * A client, not connected yet, that neither reconnects by itself nor queues while it is closed. Each is a duplicate of
 * the first one: for an address other than the last `createClient` makes a class with every command of Redis anew, and
 * nothing else happens in this process for those 20 ms.
 */
export function redisClient({ socket, ...overrides }: Overrides & { socket: { host: string; port: number } }) {
  first ??= unconnected();
  const client = first.duplicate({ ...overrides, socket: { ...socket, reconnectStrategy: false } });
  client.on("error", () => undefined);
  return client;
}
