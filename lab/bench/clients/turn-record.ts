import type { StoreName } from "../../../settings/services";
import type { SwapRecord } from "../swap-record";
import type { ClientLoadSpec } from "./client-loads";
import type { LatencyFigures } from "./client-latency";
import type { CountedEvents } from "./count-events";

/** What the clients of one store saw of one switchover. A transaction of pgbench counts as one statement. */
export interface StoreTurn {
  readonly sent: number;
  readonly answered: number;
  /** Statements without an answer, by the server's or the driver's words. */
  readonly errors: Readonly<Record<string, number>>;
  /** How often a driver sent a refused write again by its own option. */
  readonly resent: number;
  readonly events: CountedEvents;
  /** Of statements that waited or began between the hold and 1 s after clients go on; null where there were none, or no window. */
  readonly windowMs: LatencyFigures | null;
  /** The same statements since they were due: what the load could not send in time, before the hold as well, is in it. */
  readonly windowDueMs: LatencyFigures | null;
  /** Of all others. */
  readonly outsideMs: LatencyFigures | null;
}

/** One switchover with clients at the doors. */
export interface ClientsTurn {
  readonly turn: number;
  readonly load: ClientLoadSpec;
  /** Transactions a second that pgbench was bound to, over both doors. */
  readonly rate: number;
  /** What `machinePace` was before it, milliseconds of a processor. */
  readonly paceMs: number;
  /** Why nothing was measured of the clients; null when it was. */
  readonly notMeasured: string | null;
  readonly stores: Readonly<Record<StoreName, StoreTurn>> | null;
  readonly swap: SwapRecord;
}

/** Statements of a store that were not answered. */
export function errorsOf({ errors }: Pick<StoreTurn, "errors">): number {
  return Object.values(errors).reduce((sum, one) => sum + one, 0);
}

/** Adds up counts by kind. */
export function addKinds(ones: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const one of ones) for (const [kind, times] of Object.entries(one)) all[kind] = (all[kind] ?? 0) + times;
  return all;
}
