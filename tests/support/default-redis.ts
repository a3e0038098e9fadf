import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";

/** A session of Redis' user `default`, as an application's: no user of ours may write what these tests write. */
export function openDefaultRedis(
  host: Pick<NamedHost, "address">,
  { ports }: Pick<Environment, "ports">,
  { redis: password }: Pick<Credentials, "redis">,
): Promise<RedisSession> {
  return connectRedis({ address: host.address, port: ports.redis, password });
}
