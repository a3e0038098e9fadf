import type { FollowRecord } from "../drills/hosts/follow-record-text";
import type { Role } from "../settings/pair";
import type { Told } from "../settings/told";

/** What a server said of itself, in one answer. */
export interface ServerSight {
  readonly role: Role;
  /** Whether it takes writes, by what it is set to; null when it does not say. */
  readonly writable: boolean | null;
  /** End of what it has written, or received and carried out: bytes of the log, or of the stream of Redis. */
  readonly position: number | null;
  /** Of PostgreSQL; null for Redis, which has none. */
  readonly timeline: number | null;
  /** Whose data they are: PostgreSQL's system identifier, Redis' replication id. */
  readonly history: string | null;
  /** Of a standby: whether it receives from its primary now. Null on a primary. */
  readonly receives: boolean | null;
  readonly connections: number | null;
  /** How many sessions those that are no superusers may have. */
  readonly connectionsMax: number | null;
}

/** What of PostgreSQL alone is told. */
export interface PostgresSight extends ServerSight {
  /** When the last checkpoint was begun, epoch seconds. */
  readonly checkpointAt: number | null;
  readonly checkpointTimeoutSeconds: number | null;
  /** What was written since it, bytes; null on a standby. */
  readonly walSinceCheckpoint: number | null;
  /** What lies in the folder of the log, bytes. */
  readonly walBytes: number | null;
  /** What of it the server's own settings ask for, bytes. */
  readonly walWantedBytes: number | null;
  readonly slots: readonly SlotSight[];
  /** On a standby: what it shows of the pair's own journal. Null where that cannot be read, and on a primary. */
  readonly journal: JournalSight | null;
  /** On a primary: events that the standby did not show when it last looked; null when nobody knows. */
  readonly eventsBehind: number | null;
  /** Whether a drill is at work there: it holds its lock. */
  readonly drillLock: boolean;
}

/** The newest event of the pair's own journal that a server shows. */
export interface JournalSight {
  /** When it was written, epoch microseconds; 0 when there is none. */
  readonly newestUs: number;
  /** When it was looked at, by the server's clock, epoch milliseconds. */
  readonly atMs: number;
}

/** A replication slot. */
export interface SlotSight {
  readonly name: string;
  readonly active: boolean;
  /** `reserved`, `extended`, `unreserved` or `lost`; null when the server does not say. */
  readonly walStatus: string | null;
  /** What may still be written before it is lost, bytes; null without a bound. */
  readonly safeBytes: number | null;
  /** What of the log it keeps, bytes. */
  readonly retainedBytes: number | null;
}

/** What of Redis alone is told. */
export interface RedisSight extends ServerSight {
  readonly usedBytes: number | null;
  /** Null without a bound. */
  readonly maxBytes: number | null;
}

/** How the last turn with a server went. `refused`: it answered, and would not say what it is; `code` is what it answered. */
export type Asked<Sight extends ServerSight = ServerSight> =
  | { readonly kind: "said"; readonly sight: Sight; readonly atMs: number }
  | { readonly kind: "refused"; readonly code: string; readonly atMs: number }
  | { readonly kind: "silent"; readonly code: string; readonly atMs: number };

/** What the boot guard of a store has on its disk. */
export interface GuardSight {
  /** First word of its status, such as `primary` or `held`; null before it has spoken. */
  readonly state: string | null;
  /** Why, in the guard's words. */
  readonly reason: string;
  readonly fenced: boolean;
  /** Whether a drill has stopped the server and its instruction is awaited. */
  readonly demoting: boolean;
  /** The record of following; null where there is none. */
  readonly record: FollowRecord | null;
  /** Whether the server encrypts; null where nothing says so. */
  readonly encrypts: boolean | null;
  /** Redis' identity of the pair; null for PostgreSQL, and before there is one. */
  readonly identity: string | null;
  /** Of the file system of the data, bytes. */
  readonly freeBytes: number;
  readonly sizeBytes: number;
  readonly atMs: number;
}

/** Everything that is known of one store; null is not known. */
export interface StoreSight<Sight extends ServerSight = ServerSight> {
  readonly server: Asked<Sight> | null;
  readonly guard: GuardSight | null;
}

/** What one agent tells the other one of a store. */
export type PeerStore = Pick<ServerSight, "role" | "position" | "timeline" | "history"> & {
  /** Of a standby's PostgreSQL. An agent of an older version does not say it. */
  readonly journal?: JournalSight | undefined;
  /** Whether that agent is sure of this role, as `/primary` and `/replica` answer. One of an older version does not say it. */
  readonly sure?: boolean | undefined;
};

/** What the other host's agent said, and how its clock stands to ours. */
export interface PeerSight {
  readonly stores: Readonly<Partial<Record<"timescaledb" | "redis", PeerStore>>>;
  /** Its clock less ours, seconds. */
  readonly offsetSeconds: number;
  /** The offset is right within this, seconds: half of what question and answer took. */
  readonly uncertaintySeconds: number;
  readonly atMs: number;
}

/** A certificate of this host. */
export interface CertificateSight {
  readonly name: string;
  readonly kind: "leaf" | "ca";
  /** Epoch seconds. */
  readonly notAfter: number;
}

/** The last drill of which this host's journal knows. */
export interface DrillSight {
  readonly id: string;
  /** When its last step began or ended here, epoch seconds. */
  readonly at: number;
}

/** Everything that the agent of a host knows at one moment. */
export interface Sight {
  readonly timescaledb: StoreSight<PostgresSight>;
  readonly redis: StoreSight<RedisSight>;
  readonly peer: PeerSight | null;
  readonly certificates: readonly CertificateSight[];
  readonly lastDrill: DrillSight | null;
  /** What the operator's verbs have told; null when nothing was. */
  readonly told: Told | null;
  /** Until when alerts may hold back because a drill is at work, epoch seconds; null when none was seen. */
  readonly drillUntil: number | null;
}
