import { bounded } from "./bounded";
import { type ContainerReading, readContainers } from "./containers";
import { drillsInJournal } from "./journal";
import { readTopology } from "./observe";
import { eventsBehind, type Streaming, streamingTo } from "./postgres";
import { identifyRedis, redisEventsBehind, type RedisIdentity } from "./redis";
import { guardScript } from "./guard-script";
import { runInContainer } from "./run-in-container";
import type { HostSessions } from "./sessions";
import type { Lag, Topology } from "../../evidence/document";
import type { Environment } from "../../settings/environment";
import { containerName, slotName } from "../../settings/names";
import type { Role } from "../../settings/pair";
import type { ServiceName, StoreName } from "../../settings/services";
import { messageOf } from "../../settings/user-error";

/** Where this host's Redis will replicate from, as the very user and with the password that it would use; asks and changes nothing. */
const REACH_PEER = `bin=/understudy
${guardScript("redis-login.sh")}
user=$(ask_redis 3 config get masteruser | sed -n 2p)
master=$(ask_redis 3 config get masterauth | sed -n 2p)
[ -n "$master" ] || { echo "no masterauth is set" >&2; exit 1; }
why=$(mktemp) || exit 1
said=$(REDISCLI_AUTH=$master timeout 3 redis-cli \${user:+--user "$user"} $(to_peer) ping 2>"$why" </dev/null | head -n 1)
words=$(cat "$why") && rm -f "$why"
case $said in
  PONG) echo "takes the login" ;;
  *) echo "\${said:-\${words:-no answer within 3 s}}" >&2; exit 1 ;;
esac`;

/**
 * Whether the Redis of this host can log in to its peer's, from inside its own container, as it must once it follows it.
 * @returns that it was let in
 * @throws Error with what was heard instead
 */
export async function reachPeerRedis({ engine, host }: Pick<HostSessions, "engine" | "host">): Promise<string> {
  try {
    return (await runInContainer(engine.docker, containerName("redis"), ["sh", "-c", REACH_PEER])).trim();
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^.* exited /s, "exit code ") : String(error);
    throw new Error(`${host.name}: its Redis cannot log in to its peer's: ${words}`, { cause: error });
  }
}

/** One store's way back: whether it is open, and what was seen of it. */
export interface ReversePath {
  readonly ok: boolean;
  readonly detail: string;
}

/** Everything a drill wants to know of both hosts before it touches anything. `from` is to be demoted, `to` promoted. */
export interface PairReading {
  readonly topology: Topology;
  readonly lag: Lag;
  readonly streaming: Streaming | null;
  readonly redisFrom: RedisIdentity;
  readonly redisTo: RedisIdentity;
  readonly containers: Readonly<Record<string, readonly ContainerReading[]>>;
  readonly usedDrillIds: ReadonlySet<string>;
  /** Whether each store of the host to be demoted can already log in to the other one as its standby will. */
  readonly reversePath: Readonly<Record<StoreName, ReversePath>>;
}

/** Longest that a lag takes to be read, milliseconds; later it is unknown. */
const LAG_MS = 10_000;

/** The sessions to one host's stores. */
export type StoreSessions = Pick<HostSessions, "host" | "sql" | "redis">;

/** Lag of `to` behind `from` on both stores, in events, bytes and seconds; what cannot be read is null, never zero. */
export async function readLag(
  from: StoreSessions,
  to: StoreSessions,
): Promise<{ lag: Lag; streaming: Streaming | null }> {
  const orNull = <T>(reading: Promise<T>): Promise<T | null> => bounded("the lag", LAG_MS, reading).catch(() => null);
  const [streaming, rows, redisFrom, redisTo, entries] = await Promise.all([
    orNull(streamingTo(from.sql, slotName(to.host.name))),
    orNull(eventsBehind(from.sql, to.sql)),
    orNull(identifyRedis(from.redis)),
    orNull(identifyRedis(to.redis)),
    orNull(redisEventsBehind(from.redis, to.redis)),
  ]);
  const linkUp = redisTo?.follows?.linkUp ?? null;
  return {
    streaming,
    lag: {
      timescaledb: {
        events: streaming === null ? null : rows,
        receiveBytes: streaming?.receiveLagBytes ?? null,
        replayBytes: streaming?.replayLagBytes ?? null,
        replaySeconds: streaming?.replayLagSeconds ?? null,
      },
      redis: {
        events: linkUp === true ? entries : null,
        bytes: linkUp === true && redisFrom && redisTo ? Math.max(0, redisFrom.offset - redisTo.offset) : null,
        linkUp,
      },
    },
  };
}

/** Side by side, each by a login of its own that asks and changes nothing. */
async function readReversePath(from: HostSessions): Promise<PairReading["reversePath"]> {
  const outcome = (reading: Promise<string>): Promise<ReversePath> =>
    reading.then(
      (detail) => ({ ok: true, detail }),
      (error: unknown) => ({ ok: false, detail: messageOf(error) }),
    );
  const [timescaledb, redis] = await Promise.all([
    outcome(from.agent.ask("reach-peer").then((answer) => answer.get("peer")?.[0] ?? "")),
    outcome(reachPeerRedis(from)),
  ]);
  return { timescaledb, redis };
}

/**
 * Reads both hosts; changes nothing.
 * @param services those whose containers are read
 * @throws Error when Redis on either host does not answer INFO
 */
export async function readPair(
  from: HostSessions,
  to: HostSessions,
  environment: Environment,
  declared: Readonly<Record<string, Role | undefined>>,
  services: readonly ServiceName[],
): Promise<PairReading> {
  const [topology, { lag, streaming }, redisFrom, redisTo, fromContainers, toContainers, reversePath, fromIds, toIds] =
    await Promise.all([
      readTopology([from, to], declared),
      readLag(from, to),
      identifyRedis(from.redis),
      identifyRedis(to.redis),
      readContainers(from, environment, services),
      readContainers(to, environment, services),
      readReversePath(from),
      drillsInJournal(from.agent),
      drillsInJournal(to.agent),
    ]);
  return {
    topology,
    lag,
    streaming,
    redisFrom,
    redisTo,
    containers: { [from.host.name]: fromContainers, [to.host.name]: toContainers },
    usedDrillIds: new Set([...fromIds, ...toIds]),
    reversePath,
  };
}
