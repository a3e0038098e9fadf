import { STORE_NAMES, type StoreName } from "../settings/services";
import { fresh, said } from "./fresh";
import type { ServerSight, Sight, StoreSight } from "./sight";

/** What a load balancer is answered: 200 when it is so, 503 when it is not, or is not known. */
export interface Judgement {
  readonly status: 200 | 503;
  /** Code of what decided, such as `primary` or `fenced`. */
  readonly reason: string;
}

const yes = (reason: string): Judgement => ({ status: 200, reason });
const no = (reason: string): Judgement => ({ status: 503, reason });

/** Why nobody knows what a store is; undefined when its server and its guard both said so just now. */
function unknown({ server, guard }: StoreSight, nowMs: number): string | undefined {
  const known = fresh(guard, nowMs);
  if (known === null) return "guard-unknown";
  if (known.fenced) return "fenced";
  if (known.demoting) return "demoting";
  if (known.state !== "primary" && known.state !== "standby") return known.state ?? "guard-unknown";
  const asked = fresh(server, nowMs);
  if (asked === null) return "unknown";
  return asked.kind === "said" ? undefined : asked.kind;
}

/**
 * Whether the other host's server is a primary of the same data on a newer timeline: then this one was overtaken, whatever
 * it says of itself. Redis has no timelines, so that nothing is told of it.
 */
function overtaken(sight: Sight, store: StoreName, own: ServerSight, nowMs: number): boolean {
  const other = fresh(sight.peer, nowMs)?.stores[store];
  return other?.role === "primary" && other.timeline !== null && own.timeline !== null && other.timeline > own.timeline;
}

/** Whether this host's store is the primary, and takes writes. */
export function judgePrimary(sight: Sight, store: StoreName, nowMs: number): Judgement {
  const why = unknown(sight[store], nowMs);
  if (why !== undefined) return no(why);
  const own = said<ServerSight>(sight[store].server, nowMs);
  if (own === null) return no("unknown");
  if (own.role !== "primary") return no("standby");
  if (own.writable !== true) return no(own.writable === null ? "unknown" : "read-only");
  return overtaken(sight, store, own, nowMs) ? no("overtaken") : yes("primary");
}

/**
 * How far a standby is behind its primary, bytes: by what the other host's agent said of the primary, which is true also
 * while nothing is received. Null when either is not known, or their data are not of one history.
 */
export function lagBytes(sight: Sight, store: StoreName, nowMs: number): number | null {
  const own = said<ServerSight>(sight[store].server, nowMs);
  const other = fresh(sight.peer, nowMs)?.stores[store];
  if (own?.role !== "standby" || other?.role !== "primary") return null;
  if (own.history === null || own.history !== other.history || own.timeline !== other.timeline) return null;
  if (own.position === null || other.position === null) return null;
  return Math.max(0, other.position - own.position);
}

/** Whether this host's store is a standby that follows, and is no further behind than `mostBytes`, where that is asked for. */
export function judgeReplica(sight: Sight, store: StoreName, mostBytes: number | null, nowMs: number): Judgement {
  const why = unknown(sight[store], nowMs);
  if (why !== undefined) return no(why);
  const own = said<ServerSight>(sight[store].server, nowMs);
  if (own === null) return no("unknown");
  if (own.role !== "standby") return no("primary");
  if (own.receives !== true) return no("not-following");
  if (mostBytes === null) return yes("standby");
  const lag = lagBytes(sight, store, nowMs);
  if (lag === null) return no("lag-unknown");
  return lag <= mostBytes ? yes("standby") : no("lag");
}

/** Whether these stores of this host run and say what they are. */
export function judgeHealth(sight: Sight, stores: readonly StoreName[], nowMs: number): Judgement {
  for (const store of stores) {
    const why = unknown(sight[store], nowMs);
    if (why !== undefined) return no(why);
  }
  return yes("running");
}

/** The stores that a question is about: one, or both. Undefined when there is none of that name. */
export function storesAsked(name: string | null): readonly StoreName[] | undefined {
  if (name === null) return STORE_NAMES;
  const found = STORE_NAMES.find((store) => store === name);
  return found && [found];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, B: 1, kB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };

/** Reads an amount as PostgreSQL writes it, such as `16MB` or `16777216`, in bytes; undefined when it is none. */
export function parseBytes(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^(\d{1,15})(B|kB|MB|GB|TB)?$/.exec(text) ?? [];
  const size = UNITS[unit];
  return digits === "" || size === undefined ? undefined : Number(digits) * size;
}
