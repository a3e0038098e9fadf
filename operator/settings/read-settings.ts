import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { bounded } from "../../drills/hosts/bounded";
import { localServer } from "../../drills/hosts/local-postgres";
import { readPostgresSettings, type PostgresSettings } from "../../drills/hosts/server-settings/postgres-settings";
import { readRedisSettings, type RedisSettings } from "../../drills/hosts/server-settings/redis-settings";
import { readServiceTexts, type ServiceTexts } from "../../drills/hosts/server-settings/service-settings";
import type { NamedHost } from "../../settings/pair";
import { messageOf } from "../../settings/user-error";

const READ_MS = 45_000;

/** How both stores of a host are set, of one that does not say, why; and what is set of its other services. */
export interface HostSettings {
  readonly host: NamedHost;
  readonly timescaledb: PostgresSettings | string;
  readonly redis: RedisSettings | string;
  readonly services: ServiceTexts;
}

/** Reads PostgreSQL's by a session of its superuser. @throws Error when it does not say */
export async function readPostgresOf(engine: HostEngine, host: string): Promise<PostgresSettings> {
  const server = localServer(engine.docker, host);
  try {
    const read = server.open().then((sql) => readPostgresSettings(sql, host));
    return await bounded(`${host}: settings of PostgreSQL`, READ_MS, read);
  } finally {
    server.close();
  }
}

/** Reads every host's; changes nothing, never throws. */
export async function readSettings(hosts: readonly NamedHost[]): Promise<readonly HostSettings[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const engine = connectEngine(host);
      try {
        const [timescaledb, redis, services] = await Promise.all([
          readPostgresOf(engine, host.name).catch(messageOf),
          bounded(`${host.name}: settings of Redis`, READ_MS, readRedisSettings(engine.docker, host.name)).catch(
            messageOf,
          ),
          readServiceTexts(engine.docker, host.name),
        ]);
        return { host, timescaledb, redis, services };
      } finally {
        engine.close();
      }
    }),
  );
}
