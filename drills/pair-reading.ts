import type { Environment } from "../settings/environment";
import { slotName } from "../settings/names";
import type { Role } from "../settings/pair";
import { SERVICE_NAMES } from "../settings/services";
import type { Lag, ObservedStore, Topology } from "./evidence/document";
import { readContainers, type ContainerReading } from "./hosts/containers";
import { drillsInJournal } from "./hosts/journal";
import type { HostSessions } from "./hosts/sessions";
import { observePostgres, observeRedis } from "./observe";
import { eventsBehind, streamingTo, type Streaming } from "./stores/postgres";
import { identifyRedis, redisEventsBehind, type RedisIdentity } from "./stores/redis";
import { messageOf } from "./user-error";

/** Everything a drill wants to know of both hosts before it touches anything. `from` is to be demoted, `to` promoted. */
export interface PairReading {
  readonly topology: Topology;
  readonly lag: Lag;
  readonly streaming: Streaming | null;
  readonly redisFrom: RedisIdentity;
  readonly redisTo: RedisIdentity;
  readonly containers: Readonly<Record<string, readonly ContainerReading[]>>;
  readonly usedDrillIds: ReadonlySet<string>;
  /** Whether the host to be demoted can already log in to the other one for replication. */
  readonly reversePath: { ok: boolean; detail: string };
}

/** Roles of both hosts, over sessions that are already open. */
export async function readTopology(
  sessions: readonly HostSessions[],
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<Topology> {
  const hosts = await Promise.all(
    sessions.map(async ({ host, sql, redis }) => {
      const [timescaledb, redisStore] = await Promise.all([
        observePostgres(sql).catch(unknown),
        observeRedis(redis).catch(unknown),
      ]);
      return { host: host.name, declaredRole: declared[host.name] ?? null, timescaledb, redis: redisStore };
    }),
  );
  return { readAt: new Date().toISOString(), hosts };
}

function unknown(error: unknown): ObservedStore {
  return { state: "unknown", reason: messageOf(error) };
}

/** Lag of `to` behind `from` on both stores, in events, bytes and seconds; what cannot be read is null, never zero. */
export async function readLag(
  from: HostSessions,
  to: HostSessions,
): Promise<{ lag: Lag; streaming: Streaming | null }> {
  const orNull = <T>(reading: Promise<T>): Promise<T | null> => reading.catch(() => null);
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

async function readReversePath(from: HostSessions): Promise<PairReading["reversePath"]> {
  try {
    const answer = await from.agent.ask("reach-peer");
    return { ok: true, detail: answer.get("peer")?.[0] ?? "" };
  } catch (error) {
    return { ok: false, detail: messageOf(error) };
  }
}

/** Reads both hosts; changes nothing. @throws Error when Redis on either host does not answer INFO */
export async function readPair(
  from: HostSessions,
  to: HostSessions,
  environment: Environment,
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<PairReading> {
  const [topology, { lag, streaming }, redisFrom, redisTo, fromContainers, toContainers, reversePath, fromIds, toIds] =
    await Promise.all([
      readTopology([from, to], declared),
      readLag(from, to),
      identifyRedis(from.redis),
      identifyRedis(to.redis),
      readContainers(from, environment, SERVICE_NAMES),
      readContainers(to, environment, SERVICE_NAMES),
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
