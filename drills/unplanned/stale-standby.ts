import type { FollowRecord } from "../hosts/follow-record-text";
import type { StoreFollowing } from "../../evidence/document";
import type { StoreName } from "../../settings/services";

/** A primary that was seen alive this much later than the standby last had everything wrote what the standby lacks. */
export const ALIVE_LATER_SECONDS = 30;

/** Two turns of the recorder: one refusal in the last moment of a primary that stops says nothing. */
const REFUSED_LATER_SECONDS = 5;

/** What is known of how far one store of the standby followed, all as ages in seconds at one moment. */
export interface FollowFacts {
  readonly store: StoreName;
  /** Null where nobody keeps one, as on a pair made before there was a recorder. */
  readonly record: FollowRecord | null;
  /** Where there is no record, or only a young one: how long ago the store itself last heard of its primary; null when it cannot say. */
  readonly heardSecondsAgo: number | null;
  /** How long ago the old primary acknowledged a write of a probe in the background; null without one. */
  readonly acknowledgedSecondsAgo: number | null;
}

/**
 * Judges whether a standby may be promoted as far as its data are concerned. Pure.
 * @param nowMs the moment of the reading by the clock that the record's moments are of
 * @param maxUnknownSeconds `policy.max_unknown_loss_seconds`
 */
export function judgeFollowing(facts: FollowFacts, nowMs: number, maxUnknownSeconds: number): StoreFollowing {
  const { store, record, heardSecondsAgo, acknowledgedSecondsAgo } = facts;
  const ago = (seconds: number | null): string | null =>
    seconds === null ? null : new Date(nowMs - seconds * 1000).toISOString();
  // A record that has just begun, as after an exchange of the roles, knows less than the link does.
  const byLink =
    record === null || (record.hasAll === null && (record.began?.ageSeconds ?? Infinity) <= ALIVE_LATER_SECONDS);
  const hasAll = byLink ? heardSecondsAgo : (record.hasAll?.ageSeconds ?? null);
  const alive = leastOf(record?.alive?.ageSeconds ?? null, acknowledgedSecondsAgo, record?.refused?.ageSeconds ?? null);
  // One that never had everything lacks at least what was written since its record began.
  const from = hasAll ?? record?.began?.ageSeconds ?? null;
  const refused = record?.refused?.ageSeconds ?? null;
  const later = from !== null && alive !== null ? Math.max(0, from - alive) : null;
  const verdict = (): StoreFollowing["verdict"] => {
    if (from !== null && refused !== null && from - refused > REFUSED_LATER_SECONDS) return "primary-refused";
    if (later !== null && later > ALIVE_LATER_SECONDS) return "primary-lived-on";
    if (hasAll === null) return "no-bound";
    return hasAll > maxUnknownSeconds ? "unknown-too-long" : "bounded";
  };
  return {
    store,
    known: !byLink ? "record" : hasAll === null ? null : "link",
    hasAllAt: byLink ? ago(hasAll) : (record.hasAll?.at ?? null),
    aliveAt: ago(alive),
    livedOnSeconds: later,
    upperBoundSeconds: hasAll,
    reason: record?.refusedAs ?? record?.reason ?? null,
    verdict: verdict(),
  };
}

function leastOf(...ages: readonly (number | null)[]): number | null {
  const known = ages.filter((age) => age !== null);
  return known.length === 0 ? null : Math.min(...known);
}

/** What a verdict says in words, with the bound; undefined where nothing stands against the promotion. */
export function staleWords(following: StoreFollowing, hosts: { toHost: string; fromHost: string }): string | undefined {
  const { store, verdict, hasAllAt, aliveAt, livedOnSeconds, upperBoundSeconds, reason } = following;
  const has =
    hasAllAt === null
      ? `${hosts.toHost} is not known to have had everything at any time`
      : `${hosts.toHost} has everything up to ${clock(hasAllAt)}`;
  const alive = `${hosts.fromHost} was alive until ${aliveAt === null ? "an unknown moment" : clock(aliveAt)}`;
  const lived = `${has}; ${alive}: ${hasAllAt === null ? "at least" : "up to"} ${span(livedOnSeconds)} of writes would be given up`;
  switch (verdict) {
    case "bounded":
      return undefined;
    case "primary-lived-on":
      return `${store}: ${lived} (the link: ${reason ?? "unknown"})`;
    case "primary-refused":
      return `${store}: ${lived}; ${hosts.fromHost} did not let it follow (${reason ?? "unknown"})`;
    case "unknown-too-long":
      return `${store}: ${has}; what ${hosts.fromHost} did since is unknown: up to ${span(upperBoundSeconds)} of writes would be given up`;
    case "no-bound":
      return `${store}: ${has}, and nothing bounds what would be given up`;
  }
}

function clock(at: string): string {
  return at.replace(/\.\d+Z$/, "Z");
}

function span(seconds: number | null): string {
  if (seconds === null) return "an unknown time";
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
