import { connectRedis, type RedisSession } from "../../drills/hosts/redis";
import { redisWaysTo } from "../../drills/hosts/redis-encryption";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";

/** A session of Redis' user `default`, as an application's: no user of ours may write what these tests write. */
export function openDefaultRedis(
  host: Pick<NamedHost, "address">,
  environment: Pick<Environment, "ports" | "encryption">,
  { redis: password, clients }: Pick<Credentials, "redis" | "clients">,
): Promise<RedisSession> {
  const [way = { port: environment.ports.redis }] = redisWaysTo(environment, clients?.understudy_drill);
  return connectRedis({ address: host.address, ...way, password });
}
