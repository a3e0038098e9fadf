import type { Role } from "../../settings/pair";

/** A moment that the recorder of a host noted. */
export interface NotedMoment {
  /** By the host's own clock: ISO 8601, UTC. */
  readonly at: string;
  /** Seconds from then to the reading; by the machine's uptime where it has not been restarted since. */
  readonly ageSeconds: number;
}

/** What the recorder of one store noted of the link to its peer: see `configs/guard/follow-record.sh`. */
export interface FollowRecord {
  readonly role: Role;
  /** `streaming`, or the code that says why not. */
  readonly reason: string;
  /** Since when it streams, or does not. */
  readonly since: NotedMoment | null;
  /** Since when this record is kept. */
  readonly began: NotedMoment | null;
  /** The last time it was written. */
  readonly turn: NotedMoment | null;
  /** The standby has everything that was written up to then; null when it never had since the record began. */
  readonly hasAll: NotedMoment | null;
  /** Last time the peer answered as what it should be. */
  readonly alive: NotedMoment | null;
  /** Last time a living primary would not let this host follow. */
  readonly refused: NotedMoment | null;
  /** The reason then; null when it never did. */
  readonly refusedAs: string | null;
}

/**
 * Reads `key=value` lines: the host's clock (`now`, `now_up`, `now_boot`), then the record. Null when there is none, or
 * none that can be read. How long ago a moment in the future was nobody knows: where it would speak for this host it is
 * null, and a sign of life of the other one may have been just now.
 */
export function parseFollowRecord(text: string): FollowRecord | null {
  const facts = new Map(
    text.split("\n").flatMap((line): [string, string][] => {
      const at = line.indexOf("=");
      return at < 0 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
  const role = facts.get("role");
  if ((role !== "primary" && role !== "standby") || seconds(facts.get("now")) === null) return null;
  const moment = (name: string): NotedMoment | null => momentOf(facts, name);
  return {
    role,
    reason: facts.get("reason") || "unknown",
    since: moment("since"),
    began: moment("began"),
    turn: moment("turn"),
    hasAll: moment("has_all"),
    alive: moment("alive") ?? justNow(facts, "alive"),
    refused: moment("refused") ?? justNow(facts, "refused"),
    refusedAs: facts.get("refused_as") || null,
  };
}

function seconds(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

/** A moment that was noted, and is in the future by this host's clock. */
function justNow(facts: ReadonlyMap<string, string>, name: string): NotedMoment | null {
  const at = seconds(facts.get(name));
  return at === null ? null : { at: new Date(at * 1000).toISOString(), ageSeconds: 0 };
}

function momentOf(facts: ReadonlyMap<string, string>, name: string): NotedMoment | null {
  const [at, now] = [seconds(facts.get(name)), seconds(facts.get("now"))];
  if (at === null || now === null) return null;
  const [up, nowUp] = [seconds(facts.get(`${name}_up`)), seconds(facts.get("now_up"))];
  const boot = facts.get("boot");
  const sameRun = boot !== undefined && boot !== "unknown" && boot === facts.get("now_boot");
  const ageSeconds = sameRun && up !== null && nowUp !== null ? nowUp - up : now - at;
  return ageSeconds < 0 ? null : { at: new Date(at * 1000).toISOString(), ageSeconds };
}
