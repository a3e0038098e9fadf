import { identify, oneRow, timelineHistory, type PostgresSession } from "../hosts/postgres";
import { onlyOurs, type DivergedContent } from "./diverged";
import type { OwnData } from "./own-data";
import { commonPast, type CommonPast, type Lineage, parseHistory } from "./timeline-history";
import { segmentOf } from "./wal-segment";
import { formatLsn, type Lsn, parseLsn } from "../../evidence/lsn";

/** What the primary says of itself, as far as a returning host has to know. */
export interface PeerData {
  readonly systemIdentifier: string;
  /** Null when its timeline's history cannot be read. */
  readonly lineage: Lineage | null;
  readonly position: Lsn;
  /** The oldest WAL segment it still has, as `segmentOf` names them; null when it cannot be told. */
  readonly oldestSegment: string | null;
  /** The slot of the returning host: `lost` when the WAL it asked for is gone. */
  readonly slot: "absent" | "usable" | "lost";
}

/** Reads the primary over a session of ours; changes nothing. */
export async function readPeerData(primary: PostgresSession, slot: string): Promise<PeerData> {
  const { systemIdentifier, timeline } = await identify(primary);
  const history = await timelineHistory(primary, timeline);
  const row = await oneRow<{ position: string; oldest: string | null; slot: string | null }>(
    primary,
    `select pg_current_wal_lsn()::text as position,
            (select min(substr(name, 9)) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$') as oldest,
            (select coalesce(wal_status, 'reserved') from pg_replication_slots where slot_name = $1) as slot`,
    [slot],
  );
  return {
    systemIdentifier,
    lineage: history === null && timeline > 1 ? null : { past: parseHistory(history ?? ""), timeline },
    position: parseLsn(row.position),
    oldestSegment: row.oldest,
    slot: row.slot === null ? "absent" : row.slot === "lost" ? "lost" : "usable",
  };
}

/** WAL that only the returning host has. */
export interface Divergence {
  /** The last timeline that both hosts share. */
  readonly timeline: number;
  /** 0 when nobody knows where the two parted. */
  readonly from: Lsn;
  /** End of its last whole record; null when it could not be found. */
  readonly to: Lsn | null;
}

/** What becomes of the data directory of a returning host, and why, in words that follow "because". */
export type PostgresDecision =
  | { readonly action: "wait"; readonly why: string }
  | { readonly action: "follow"; readonly why: string }
  | { readonly action: "rewind"; readonly why: string; readonly diverged: Divergence }
  /** `diverged` null: there is nothing here that the primary does not have, or it is saved already. */
  | { readonly action: "clone"; readonly why: string; readonly diverged: Divergence | null }
  | { readonly action: "refuse"; readonly why: string; readonly next: string };

/** Everything that the return of a host's PostgreSQL is decided from. */
export interface ReturnCase {
  readonly host: string;
  readonly own: OwnData;
  readonly peer: PeerData;
  /** Where the WAL here ends; null when it could not be found. */
  readonly ownEnd: Lsn | null;
  /** The operator vouches that a primary on an older timeline is the right one. */
  readonly acceptOlderTimeline: boolean;
}

/** Decides how PostgreSQL comes back: without a change where it can, else by a rewind, else by a clone. Pure. */
export function decidePostgres(one: ReturnCase): PostgresDecision {
  const { host, own, peer } = one;
  if (own.order !== null) return { action: "wait", why: "an earlier run's order is at work" };
  if (own.torn !== null) {
    return { action: "clone", diverged: null, why: "an earlier rewind or clone was interrupted" };
  }
  if (!own.data) return { action: "clone", diverged: null, why: "the data directory is empty" };
  if (own.running && !own.standbySignal) {
    return { action: "refuse", why: `PostgreSQL on ${host} runs as a primary`, next: "understudy status" };
  }
  if (own.systemIdentifier !== peer.systemIdentifier) {
    const systems = `system identifier ${own.systemIdentifier ?? "unknown"} here, ${peer.systemIdentifier} there`;
    return { action: "refuse", why: `the two hosts hold different clusters: ${systems}`, next: "understudy status" };
  }
  if (own.lineage === null || peer.lineage === null) {
    return {
      action: "clone",
      diverged: { timeline: 1, from: 0n, to: one.ownEnd },
      why: "a timeline's history is missing, so the two cannot be compared",
    };
  }
  return decideByHistory(one, own.lineage.timeline, peer.lineage.timeline, commonPast(own.lineage, peer.lineage));
}

function decideByHistory(
  one: ReturnCase,
  mine: number,
  theirs: number,
  past: CommonPast | undefined,
): PostgresDecision {
  const { host, own, peer, ownEnd } = one;
  if (past === undefined) {
    return { action: "clone", diverged: { timeline: 1, from: 0n, to: ownEnd }, why: "the histories share nothing" };
  }
  const until = past.until ?? peer.position;
  if (past.timeline === mine && ownEnd !== null && ownEnd <= until) {
    const missing = missingWal(ownEnd, own, peer);
    return missing === null
      ? { action: "follow", why: `its WAL ends at ${formatLsn(ownEnd)}, which the primary has too` }
      : { action: "clone", diverged: null, why: missing };
  }
  const diverged: Divergence = { timeline: past.timeline, from: until, to: ownEnd };
  const range = `from ${formatLsn(until)} to ${ownEnd === null ? "an end that cannot be read" : formatLsn(ownEnd)}`;
  if (mine > theirs && past.timeline !== mine && !one.acceptOlderTimeline) {
    return {
      action: "refuse",
      why: `the primary is on timeline ${theirs} and ${host} is on the newer ${mine}: two histories, and the newer one would be given up`,
      next: `understudy rejoin ${host} --accept-older-timeline --execute`,
    };
  }
  if (mine === theirs) {
    return {
      action: "clone",
      diverged: past.until === null ? { ...diverged, from: 0n } : diverged,
      why: `it has WAL ${range} of another history with the same timeline number ${mine}, which pg_rewind cannot tell apart`,
    };
  }
  return { action: "rewind", diverged, why: `it has WAL ${range} on timeline ${mine} that the primary does not have` };
}

/**
 * The decision once the diverged range has been read: what a user wrote in it, or what cannot be read, is not rewound
 * over. Pure.
 */
export function keepUserWrites(decision: PostgresDecision, content: DivergedContent | null): PostgresDecision {
  if (decision.action !== "rewind" || (content !== null && onlyOurs(content))) return decision;
  return { ...decision, action: "clone" };
}

function missingWal(ownEnd: Lsn, own: OwnData, { oldestSegment }: PeerData): string | null {
  const needed = segmentOf(ownEnd, own.segmentBytes);
  if (oldestSegment !== null && oldestSegment <= needed) return null;
  return `the primary no longer has the WAL it needs (segment ${needed}, the oldest there is ${oldestSegment ?? "unknown"})`;
}
