import type { FindingsEvidence } from "../../../evidence/findings";
import type { DrillConfig } from "../../../settings/drill-config";
import type { Environment } from "../../../settings/environment";
import { FINDINGS, findingRow } from "../../../settings/findings";
import { messageOf } from "../../../settings/user-error";
import { bounded } from "../bounded";
import { sshArguments } from "../engine";
import { asSession } from "../local-postgres";
import type { RedisSession } from "../redis";
import type { HostSessions } from "../sessions";
import { compareKeys, type ComparedKeys } from "../redis-keys";
import { asFindings, type FindingHost, type FindingsPair } from "./found";
import { postgresFindings } from "./postgres-findings";
import { readPostgres, unreadPostgres, type OpenDatabase } from "./read-postgres";
import { readRedis } from "./read-redis";
import { redisFindings } from "./redis-findings";

/** Longest that comparing the keys takes before a drill, milliseconds. */
const COMPARE_MS = 60_000;
/** Longest that a failover is kept waiting by this reading, milliseconds: nothing takes writes then. */
const FAILOVER_MS = 1000;
/** How long replay is watched: whether it stands still, or only has not come to its end, takes a while to see. */
const REPLAY_MS = { planned: 1500, unplanned: 500 } as const;

/** The ways to one host's servers, as far as they are read for findings. */
export interface FindingSource {
  readonly host: FindingHost & { readonly replicationAddress: string };
  readonly open: OpenDatabase;
  readonly redis: RedisSession;
}

/** The servers of a pair: `from` is null where only the standby is expected to answer. */
export interface FindingSources {
  readonly from: FindingSource | null;
  /** The name of the old primary, which is known also where nobody answers there. */
  readonly fromHost: string;
  readonly to: FindingSource;
  readonly backup: boolean;
}

/**
 * The ways to a host's servers. What is read of PostgreSQL is in every database of every owner, which is nobody's right but
 * the superuser's: over the local socket of its container.
 */
export function findingSource(
  { host, redis, local }: Pick<HostSessions, "host" | "redis" | "local">,
  { ports }: Pick<Environment, "ports">,
): FindingSource {
  const { name, address, replication_address: replicationAddress } = host;
  const ssh = ["ssh", ...sshArguments(host).filter((word) => word !== "-T")].join(" ");
  return {
    host: {
      ...{ name, address, replicationAddress, ssh },
      ...(redis.tls === true ? { redisPort: ports.redis_tls, redisTls: true } : { redisPort: ports.redis }),
    },
    open: (database) => local.open(database).then(asSession),
    redis,
  };
}

/**
 * Reads the servers as they are and says what would stop, lose or lengthen a run, by the table of findings. Changes
 * nothing, and never throws: what could not be read is a finding too.
 */
export async function readFindings(
  { from, fromHost, to, backup }: FindingSources,
  { kind, lose_unlogged }: Pick<DrillConfig, "kind" | "lose_unlogged">,
): Promise<FindingsEvidence> {
  const pair: FindingsPair = { from: fromHost, to: to.host.name, toAddress: to.host.replicationAddress, backup };
  const inTime = <T>(reading: Promise<T>, unread: (words: string) => T): Promise<T> =>
    kind === "planned"
      ? reading
      : bounded(to.host.name, FAILOVER_MS, reading).catch((error: unknown) => unread(messageOf(error)));
  const [postgresFrom, postgresTo, redisFrom, redisTo, compared] = await Promise.all([
    from && readPostgres(from.host.name, from.open, null),
    inTime(readPostgres(to.host.name, to.open, REPLAY_MS[kind]), (server) => unreadPostgres(to.host.name, server)),
    from && readRedis(from.host.name, from.redis),
    inTime(readRedis(to.host.name, to.redis), (facts) => ({ host: to.host.name, facts })),
    from && compare(from.redis, to.redis),
  ]);
  const hosts = [...(from === null ? [] : [from.host]), to.host];
  const listed = [
    ...asFindings("timescaledb", postgresFindings(postgresFrom, postgresTo, pair), kind, hosts, pair.to),
    ...asFindings("redis", redisFindings(redisFrom, redisTo, compared, pair), kind, hosts, pair.to),
  ];
  const words = { lose_unlogged: lose_unlogged === true };
  const accepted = Object.values(FINDINGS)
    .flat()
    .map(({ key }) => key)
    .filter((key) => {
      const unless = findingRow(key)?.unless;
      return unless !== undefined && words[unless] && listed.some((one) => one.key === key);
    });
  return { readAt: new Date().toISOString(), listed, accepted };
}

async function compare(primary: RedisSession, standby: RedisSession): Promise<ComparedKeys | string> {
  try {
    return await bounded("comparing the keys", COMPARE_MS, compareKeys(primary, standby));
  } catch (error) {
    return messageOf(error);
  }
}
