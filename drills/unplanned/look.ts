import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import type { NamedHost } from "../../settings/pair";
import type { StoreName } from "../../settings/services";
import { bounded } from "../bounded";
import { runInContainer } from "../hosts/run-in-container";
import { openRedis, openSql, type HostSessions } from "../hosts/sessions";
import { identifyRedis } from "../stores/redis";
import { messageOf } from "../user-error";

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

/** From this machine, through the store's published port. */
export function operatorLook(
  host: NamedHost,
  store: StoreName,
  environment: Environment,
  credentials: Credentials,
): LookAt {
  const ask = store === "timescaledb" ? askPostgres : askRedis;
  return (timeoutMs) =>
    bounded(`${host.name}: ${store} from here`, timeoutMs, ask(host, environment, credentials)).then(
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

/** From inside the standby's containers, over the network between the hosts. */
export function standbyLook(standby: Pick<HostSessions, "agent" | "engine" | "host">, store: StoreName): LookAt {
  return async (timeoutMs) => {
    const seconds = Math.max(1, Math.ceil(timeoutMs / 1000));
    try {
      const said =
        store === "timescaledb" ? await askPeerPostgres(standby, seconds) : await askPeerRedis(standby, seconds);
      if (said === "primary" || said === "standby") return { answers: true, role: said };
      return failed(`${standby.host.name} hears from it: ${said || "nothing"}`);
    } catch (error) {
      return failed(error);
    }
  };
}

async function askPeerPostgres({ agent }: Pick<HostSessions, "agent">, seconds: number): Promise<string> {
  const answer = await agent.ask(`ask-peer ${seconds}`, (seconds + 2) * 1000);
  return answer.get("peer")?.[0] ?? "";
}

const REDIS_ROLES: Readonly<Record<string, string>> = { master: "primary", slave: "standby" };

async function askPeerRedis({ engine }: Pick<HostSessions, "engine">, seconds: number): Promise<string> {
  const command = `export REDISCLI_AUTH=$(cat /understudy/secrets/redis); timeout ${seconds} redis-cli -h "$UNDERSTUDY_PEER_ADDRESS" -p "$UNDERSTUDY_PEER_PORT" role 2>&1 | head -n 1`;
  const said = (await runInContainer(engine.docker, containerName("redis"), ["sh", "-c", command])).trim();
  return REDIS_ROLES[said] ?? said;
}
