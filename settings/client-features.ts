import type { StoreName } from "./services";

/** What becomes of something that a client has under way when its host is demoted, without a door in between. */
export const FEATURE_FATES = {
  survives: "goes on as if nothing had happened",
  ended: "its session, or what it waits for, is ended with a code; the client begins it again on the new primary",
  refused: "an error comes back and nothing was executed; the session is still there",
  kept: "what was written is there afterwards, on the new primary",
  gone: "it is not there afterwards: the client makes it again",
} as const;

/** One of them. */
export type FeatureFate = keyof typeof FEATURE_FATES;

/** One thing that clients do, and what a switchover makes of it where they connect to the hosts themselves. */
export interface ClientFeature {
  readonly store: StoreName;
  readonly feature: string;
  readonly fate: FeatureFate;
  /** The code that the client sees; null where there is none. */
  readonly code: string | null;
  /** What the client does about it. */
  readonly then: string;
}

const again = "connect to the new primary and begin again";
const perhaps = "look whether it was executed, or make it one that may be executed twice";

/**
 * What a switchover makes of what clients have under way, each a test on real servers. PostgreSQL's sessions end before the
 * stop; Redis keeps its connections, and a demoted server refuses writes. A row's feature is its key.
 */
export const CLIENT_FEATURES: readonly ClientFeature[] = [
  { store: "timescaledb", feature: "idle session", fate: "ended", code: "57P01", then: again },
  { store: "timescaledb", feature: "statement under way", fate: "ended", code: "57P01", then: perhaps },
  { store: "timescaledb", feature: "open transaction", fate: "ended", code: "57P01", then: again },
  { store: "timescaledb", feature: "committed transaction", fate: "kept", code: null, then: "nothing" },
  { store: "timescaledb", feature: "prepared statement", fate: "gone", code: "26000", then: "prepare it again" },
  {
    store: "timescaledb",
    feature: "LISTEN",
    fate: "ended",
    code: "57P01",
    then: "listen again, then look for what was missed",
  },
  { store: "timescaledb", feature: "session-level advisory lock", fate: "gone", code: null, then: "take it again" },
  {
    store: "timescaledb",
    feature: "COPY FROM STDIN",
    fate: "ended",
    code: "57P01",
    then: `${again}: no row of it is there`,
  },
  {
    store: "timescaledb",
    feature: "COPY TO STDOUT",
    fate: "ended",
    code: "57P01",
    then: `${again}: what came is not all`,
  },
  { store: "timescaledb", feature: "cursor", fate: "ended", code: "57P01", then: again },
  { store: "timescaledb", feature: "cursor WITH HOLD", fate: "gone", code: "34000", then: "declare it again" },
  { store: "timescaledb", feature: "pipeline", fate: "ended", code: "57P01", then: perhaps },
  {
    store: "timescaledb",
    feature: "prepared transaction",
    fate: "kept",
    code: null,
    then: "commit it on the new primary",
  },
  { store: "redis", feature: "idle connection", fate: "survives", code: null, then: "its next write is refused" },
  {
    store: "redis",
    feature: "write",
    fate: "refused",
    code: "READONLY",
    then: "send it to the new primary: it was not executed",
  },
  {
    store: "redis",
    feature: "write during the pause",
    fate: "refused",
    code: "READONLY",
    then: "send it to the new primary: it was not executed",
  },
  { store: "redis", feature: "read", fate: "survives", code: null, then: "nothing, but it reads a standby" },
  {
    store: "redis",
    feature: "pipeline",
    fate: "refused",
    code: "READONLY",
    then: "send its writes to the new primary",
  },
  {
    store: "redis",
    feature: "MULTI/EXEC with writes",
    fate: "refused",
    code: "EXECABORT",
    then: "send all of it to the new primary: none was executed",
  },
  {
    store: "redis",
    feature: "WATCH",
    fate: "refused",
    code: "EXECABORT",
    then: "watch and read again on the new primary",
  },
  {
    store: "redis",
    feature: "BLPOP and other blocking writes",
    fate: "ended",
    code: "UNBLOCKED",
    then: "wait again on the new primary: nothing was taken",
  },
  {
    store: "redis",
    feature: "SUBSCRIBE",
    fate: "survives",
    code: null,
    then: "subscribe on the new primary too: messages published there still come, by replication",
  },
  {
    store: "redis",
    feature: "PUBLISH",
    fate: "survives",
    code: null,
    then: "publish on the new primary: a standby's messages reach its own subscribers alone",
  },
  {
    store: "redis",
    feature: "script with a write",
    fate: "refused",
    code: "READONLY",
    then: "send it to the new primary: it was not executed",
  },
  { store: "redis", feature: "cached script (EVALSHA)", fate: "gone", code: "NOSCRIPT", then: "load it again" },
];
