import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import { bounded } from "../hosts/bounded";
import { only, openAgent, openAgentOf, type Agent } from "../hosts/agent";
import { openRedis, openSql, type HostSessions } from "../hosts/sessions";
import { identifyRedis } from "../hosts/redis";
import { messageOf } from "../../settings/user-error";

/** One look at one store of the old primary. */
export type Look =
  | { readonly answers: true; readonly role: "primary" | "standby" }
  /** `alive`: something is there that says it cannot serve yet, such as a server in crash recovery. */
  | { readonly answers: false; readonly alive: boolean; readonly detail: string };

/** Looks once, for at most `timeoutMs`; never throws. */
export type LookAt = (timeoutMs: number) => Promise<Look>;

/** What a server that is starting, stopping or loading says. */
const ALIVE = /starting up|shutting down|not yet accepting|LOADING/i;

function failed(thrown: unknown): Look {
  const detail = messageOf(thrown);
  return { answers: false, alive: ALIVE.test(detail), detail };
}

type Ask = (host: NamedHost, environment: Environment, credentials: Credentials) => Promise<"primary" | "standby">;

const ASK: Readonly<Record<StoreName, Ask>> = { timescaledb: askPostgres, redis: askRedis };

/** What the program that looks from the standby is told, by the store that it looks at. */
const LOOK_ORDER: Readonly<Record<StoreName, (seconds: number) => string>> = {
  timescaledb: (seconds) => `ask-peer ${seconds}`,
  redis: String,
};

/** From this machine, through the store's published port. */
export function operatorLook(
  host: NamedHost,
  store: StoreName,
  environment: Environment,
  credentials: Credentials,
): LookAt {
  return (timeoutMs) =>
    bounded(`${host.name}: ${store} from here`, timeoutMs, ASK[store](host, environment, credentials)).then(
      (role): Look => ({ answers: true, role }),
      failed,
    );
}

async function askPostgres(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<"primary" | "standby"> {
  const sql = await openSql(host, environment, credentials);
  try {
    const { rows } = await sql.query<{ recovery: boolean }>("select pg_is_in_recovery() as recovery");
    return rows[0]?.recovery === false ? "primary" : "standby";
  } finally {
    void sql.end().catch(() => undefined);
  }
}

async function askRedis(
  host: NamedHost,
  environment: Environment,
  credentials: Credentials,
): Promise<"primary" | "standby"> {
  const session = await openRedis(host, environment, credentials);
  try {
    return (await identifyRedis(session)).role;
  } finally {
    session.close();
  }
}

/** The standby's two ways to its peer, open: every look is one line there and one back. */
export interface StandbyEyes {
  readonly timescaledb: Agent;
  readonly redis: Agent;
  readonly host: NamedHost;
}

/** For as long as they are open. */
export interface OpenEyes extends StandbyEyes {
  close(): void;
}

/** In the redis container: how many seconds to wait at most, in; what the peer's Redis says it is, out. */
const REDIS_EYES = `export REDISCLI_AUTH=$(cat /understudy/secrets/redis)
while read -r seconds; do
  said=$(timeout "$seconds" redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" role 2>&1 </dev/null | head -n 1)
  case $said in
    master) echo peer=primary; echo ok ;;
    slave) echo peer=standby; echo ok ;;
    *) echo "error \${said:-no answer within $seconds s}" ;;
  esac
done`;

/**
 * Opens the standby's two ways to its peer. The agent that keeps the drill's journal is none of them: a look at a silent
 * peer takes its time, and what is told to that agent meanwhile would wait for its end.
 */
export async function openStandbyEyes({
  engine: { docker },
  host,
}: Pick<HostSessions, "engine" | "host">): Promise<OpenEyes> {
  const opening = [
    openAgent(docker, host.name),
    openAgentOf(docker, host.name, "redis", ["sh", "-c", REDIS_EYES]),
  ] as const;
  const close = (): void => {
    for (const one of opening) void one.then((agent) => agent.close()).catch(() => undefined);
  };
  try {
    const [timescaledb, redis] = await Promise.all(opening);
    return { timescaledb, redis, host, close };
  } catch (error) {
    close();
    throw error;
  }
}

/** From inside the standby's containers, over the network between the hosts. */
export function standbyLook(eyes: StandbyEyes, store: StoreName): LookAt {
  return async (timeoutMs) => {
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
    try {
      const answer = await eyes[store].ask(LOOK_ORDER[store](seconds), (seconds + 2) * 1000);
      const role = only(answer, "peer");
      if (role === "primary" || role === "standby") return { answers: true, role };
      return failed(`${eyes.host.name} hears from it: ${role}`);
    } catch (error) {
      return failed(error);
    }
  };
}
