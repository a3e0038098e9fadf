import { formatLsn } from "../../evidence/lsn";
import type { Divergence, PostgresDecision } from "./decide-postgres";
import type { OwnData } from "./own-data";
import { LAST_SEGMENT, segmentOf } from "./wal-segment";

/** What the boot guard is told, see `configs/guard/postgres-rejoin.sh`. */
export interface Order {
  readonly id: string;
  readonly mode: "follow" | "rewind" | "clone";
  /** Name of the salvage to make first, or of one that was made; null when nothing diverged. */
  readonly salvage: string | null;
  /** The last checkpoint of the data this order is about; null when any will do. */
  readonly checkpoint: string | null;
  readonly diverged: Divergence | null;
}

/** The order for what was decided; undefined when there is nothing to tell the guard. */
export function orderFor(
  decision: PostgresDecision,
  own: OwnData,
  { id, salvage }: { readonly id: string; readonly salvage: string },
): Order | undefined {
  // A standby that runs makes a last checkpoint when it is stopped for the order; it writes nothing of its own.
  const checkpoint = own.running ? null : own.checkpoint;
  switch (decision.action) {
    case "follow":
      return { id, mode: "follow", salvage: null, checkpoint, diverged: null };
    case "rewind":
      return { id, mode: "rewind", salvage, checkpoint, diverged: decision.diverged };
    case "clone":
      return decision.diverged === null
        ? { id, mode: "clone", salvage: own.torn === "-" ? null : own.torn, checkpoint: null, diverged: null }
        : { id, mode: "clone", salvage, checkpoint, diverged: decision.diverged };
    case "wait":
    case "refuse":
      return undefined;
  }
}

/** The words of the agent's command. */
export function orderWords({ id, mode, salvage, checkpoint, diverged }: Order, segmentBytes: bigint): string {
  const { from, to, timeline } = diverged ?? { from: 0n, to: null, timeline: 1 };
  const last = to === null ? LAST_SEGMENT : segmentOf(to === 0n ? to : to - 1n, segmentBytes);
  return [
    ...[
      id,
      mode,
      salvage ?? "-",
      checkpoint ?? "-",
      String(timeline),
      formatLsn(from),
      to === null ? "-" : formatLsn(to),
    ],
    ...[segmentOf(from, segmentBytes), last],
  ].join(" ");
}
