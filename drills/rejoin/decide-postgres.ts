import { formatLsn, type Lsn } from "../../evidence/lsn";
import type { OwnData } from "./own-data";
import type { PeerData } from "./peer-data";
import { commonPast, type CommonPast } from "./timeline-history";
import { segmentOf } from "./wal-segment";

/** WAL that only the returning host has. */
export interface Divergence {
  /** The last timeline that both hosts share. */
  readonly timeline: number;
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
      diverged: { timeline: 1, from: own.readFrom ?? 0n, to: one.ownEnd },
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
      diverged,
      why: `it has WAL ${range} of another history with the same timeline number ${mine}, which pg_rewind cannot tell apart`,
    };
  }
  return { action: "rewind", diverged, why: `it has WAL ${range} on timeline ${mine} that the primary does not have` };
}

function missingWal(ownEnd: Lsn, own: OwnData, { oldestSegment }: PeerData): string | null {
  const needed = segmentOf(ownEnd, own.segmentBytes);
  if (oldestSegment !== null && oldestSegment <= needed) return null;
  return `the primary no longer has the WAL it needs (segment ${needed}, the oldest there is ${oldestSegment ?? "unknown"})`;
}
