import { startLoad, type RunningLoad } from "../../drills/clients/client-load";
import type { ClientOrder } from "../../drills/clients/order";
import { connectEngine } from "../../drills/hosts/engine";
import { localServer } from "../../drills/hosts/local-postgres";
import { firstWay } from "../../drills/hosts/postgres-encryption";
import { probeEndpoints } from "../../drills/probe/endpoints";
import { readBackPostgres } from "../../drills/probe/postgres-read-back";
import { readBackRedis } from "../../drills/probe/redis-read-back";
import type { ClientLoad } from "../../evidence/client-loads";
import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { DATABASE, EVENTS_TABLE } from "../../settings/names";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import { ownPassword, probeCredentials } from "../../settings/own-roles";
import { namedHosts } from "../../settings/pair";
import { LabError } from "../host/run";
import { USER_ROLE } from "../watch/user-data";
import type { ReadRows } from "./door-figures";

/** When a silent door is given up, and when one that lets nobody in: both together are far below what a cell allows. */
const PATIENCE = { statementTimeoutMs: 3000, connectTimeoutMs: 1000 } as const;
/** Longer than any cell. */
const MOST_MS = 900_000;

/** A load that has ended. */
export interface EndedLoad {
  readonly name: string;
  readonly load: ClientLoad;
  /** Milliseconds of the machine's clock at the load's zero. */
  readonly zeroMs: number;
  /** Reads the numbers of its statements that a host has. */
  readonly read: (primary: string) => ReadRows;
}

/** Ordinary drivers at work through both doors. */
export interface DoorClients {
  /** Ends them. @throws Error when one of them has died: nothing is known of its clients then */
  finish(): Promise<readonly EndedLoad[]>;
  /** Ends them without a record; safe at any time. */
  abort(): Promise<void>;
}

/** Gives the user's role what its load needs, or takes it away again; nothing is done where no host is primary. */
export async function userMayWrite(environment: Environment, may: boolean): Promise<void> {
  const words = may ? (["grant", "to"] as const) : (["revoke", "from"] as const);
  for (const host of namedHosts(environment)) {
    const engine = connectEngine(host);
    const server = localServer(engine.docker, host.name);
    try {
      const sql = await server.open(DATABASE);
      const { rows } = await sql.query<{ ready: boolean }>(
        "select not pg_is_in_recovery() and exists (select from pg_roles where rolname = $1) as ready",
        [USER_ROLE],
      );
      if (rows[0]?.ready !== true) continue;
      await sql.query(`${words[0]} usage on schema understudy ${words[1]} ${USER_ROLE}`);
      await sql.query(`${words[0]} select, insert on ${EVENTS_TABLE} ${words[1]} ${USER_ROLE}`);
      return;
    } finally {
      server.close();
      engine.close();
    }
  }
}

/** What each load is started with: every client knows both doors, and half of the loads begin at either. */
function ordersOf(
  environment: Environment,
  credentials: Credentials,
  label: string,
): readonly (ClientOrder & { readonly name: string })[] {
  const tls = credentials.clients?.understudy_probe;
  if (tls === undefined) throw new LabError("the pair has no certificates; next: understudy certificates");
  const hosts = namedHosts(environment);
  const { door_postgres: postgres, door_redis: redis } = environment.ports;
  return hosts.flatMap(({ name: first }) => {
    const ordered = hosts.toSorted((one, other) => Number(other.name === first) - Number(one.name === first));
    const at = (port: number): ClientOrder["addresses"] => ordered.map(({ address: host }) => ({ host, port }));
    const common = { ...PATIENCE, maxDurationMs: MOST_MS, route: "door", tls, clients: 2 } as const;
    const originNs = String(process.hrtime.bigint());
    return [
      {
        ...{ ...common, originNs, name: `PostgreSQL, first ${first}`, driver: "node-postgres" as const },
        ...{ run: `${label}/${first}/pg`, addresses: at(postgres) },
        ...{ user: USER_ROLE, password: ownPassword(credentials, USER_ROLE) },
      },
      {
        ...{ ...common, originNs, name: `Redis, first ${first}`, driver: "node-redis" as const },
        ...{ run: `${label}/${first}/redis`, addresses: at(redis) },
        ...{ user: DEFAULT_REDIS_USER, password: credentials.redis },
      },
    ];
  });
}

/**
 * Starts them, and waits until each client was answered. The user's role must be there, see `userMayWrite`.
 * @param label marks what they write
 * @throws LabError or UserError when one of them is not answered
 */
export async function startDoorClients(
  environment: Environment,
  credentials: Credentials,
  label: string,
): Promise<DoorClients> {
  const sinceMs = Date.now();
  const running: { readonly order: ClientOrder & { readonly name: string }; readonly load: RunningLoad }[] = [];
  const abort = async (): Promise<void> => {
    await Promise.allSettled(running.map(({ load }) => load.abort()));
  };
  try {
    await Promise.all(
      ordersOf(environment, credentials, label).map(async (order) => {
        const { name, ...words } = order;
        const load = await startLoad(words);
        if ("reason" in load)
          throw new LabError(`${name}: ${load.driver} cannot be tried: ${load.reason}; next: npm ci`);
        running.push({ order, load });
        await load.ready;
      }),
    );
  } catch (error) {
    await abort();
    throw error;
  }
  const read =
    (run: string, store: ClientLoad["store"]) =>
    (primary: string): ReadRows => {
      const at = probeEndpoints(environment, credentials).find(({ name }) => name === primary);
      if (at === undefined) return undefined;
      const tls = firstWay(environment, credentials, "understudy_probe");
      const own = probeCredentials(credentials);
      const startedAgoMs = Date.now() - sinceMs;
      return store === "redis"
        ? () => readBackRedis(at.redis, own, { run, sinceMs })
        : () => readBackPostgres({ ...at.postgres, tls }, own.postgres, { run, startedAgoMs });
    };
  return {
    finish: async () =>
      Promise.all(
        running.map(async ({ order, load }): Promise<EndedLoad> => {
          const ended = await load.finish();
          const zeroMs = Number(BigInt(order.originNs) / 1000n) / 1000;
          return { name: order.name, load: ended, zeroMs, read: read(order.run, ended.store) };
        }),
      ),
    abort,
  };
}
