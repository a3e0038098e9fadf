import type {
  Asked,
  GuardSight,
  PeerSight,
  PeerStore,
  PostgresSight,
  RedisSight,
  ServerSight,
  Sight,
} from "../../agent/sight";
import type { FollowRecord, NotedMoment } from "../../drills/hosts/follow-record-text";
import type { Role } from "../../settings/pair";

/** The moment at which everything in these sights was seen. */
export const SEEN_MS = Date.UTC(2026, 10, 30, 3, 0, 0);

const moment = (ageSeconds: number): NotedMoment => ({
  at: new Date(SEEN_MS - ageSeconds * 1000).toISOString(),
  ageSeconds,
});

/** A record of following that is kept. */
export function followRecord(role: Role, more: Partial<FollowRecord> = {}): FollowRecord {
  return {
    ...{ role, reason: "streaming", since: moment(3600), began: moment(7200), turn: moment(1) },
    ...{ hasAll: moment(2), alive: moment(1), refused: null, refusedAs: null },
    ...more,
  };
}

/** What a boot guard has on its disk while its server runs. */
export function guardSight(role: Role, more: Partial<GuardSight> = {}): GuardSight {
  return {
    ...{ state: role, reason: "", fenced: false, demoting: false, record: followRecord(role) },
    ...{ encrypts: null, identity: null, freeBytes: 4_000_000, sizeBytes: 10_000_000, atMs: SEEN_MS },
    ...more,
  };
}

function serverSight(role: Role, history: string): ServerSight {
  return {
    ...{ role, writable: role === "primary", position: 1_000_000, timeline: 3, history },
    ...{ receives: role === "standby" ? true : null, connections: 9, connectionsMax: 97 },
  };
}

/** What a PostgreSQL says of itself. */
export function postgresSight(role: Role, more: Partial<PostgresSight> = {}): PostgresSight {
  return {
    ...serverSight(role, "7300000000000000001"),
    ...{ checkpointAt: SEEN_MS / 1000 - 100, checkpointTimeoutSeconds: 300, drillLock: false, slots: [] },
    ...{ journal: null, eventsBehind: role === "primary" ? 0 : null },
    ...{ walSinceCheckpoint: role === "primary" ? 4096 : null, walBytes: 8_388_608, walWantedBytes: 1_610_612_736 },
    ...more,
  };
}

/** What a Redis says of itself. */
export function redisSightOf(role: Role, more: Partial<RedisSight> = {}): RedisSight {
  return { ...serverSight(role, "f".repeat(40)), timeline: null, usedBytes: 700, maxBytes: 1000, ...more };
}

/** A server that said this just now. */
export function saidNow<Seen extends ServerSight>(sight: Seen, atMs = SEEN_MS): Asked<Seen> {
  return { kind: "said", sight, atMs };
}

/** What the other host's agent says where that host is this one's opposite. */
export function peerSight(role: Role, more: Partial<PeerSight> = {}): PeerSight {
  const of = ({ position, timeline, history }: ServerSight): PeerStore => ({
    ...{ role, position, timeline, history },
  });
  return {
    stores: { timescaledb: of(postgresSight(role)), redis: of(redisSightOf(role)) },
    ...{ offsetSeconds: 0.004, uncertaintySeconds: 0.001, atMs: SEEN_MS },
    ...more,
  };
}

/** A host of a pair that is well, in this role. */
export function hostSight(role: Role, more: Partial<Sight> = {}): Sight {
  return {
    timescaledb: { server: saidNow(postgresSight(role)), guard: guardSight(role) },
    redis: { server: saidNow(redisSightOf(role)), guard: guardSight(role, { identity: "a-word" }) },
    peer: peerSight(role === "primary" ? "standby" : "primary"),
    ...{ certificates: [], lastDrill: null, told: null, drillUntil: null },
    ...more,
  };
}
