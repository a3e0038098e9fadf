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
  /** `keep`: the old data folder is kept whatever it holds; `give-up`: the operator gives it up where it cannot be kept. */
  readonly words?: "keep" | "give-up";
}

/** The order for what was decided; undefined when there is nothing to tell the guard. */
export function orderFor(
  decision: PostgresDecision,
  own: OwnData,
  { id, salvage, giveUp }: { readonly id: string; readonly salvage: string; readonly giveUp: boolean },
): Order | undefined {
  // A standby that runs makes a last checkpoint when it is stopped for the order; it writes nothing of its own.
  const checkpoint = own.running ? null : own.checkpoint;
  const words = giveUp ? { words: "give-up" as const } : {};
  switch (decision.action) {
    case "follow":
      return { id, mode: "follow", salvage: null, checkpoint, diverged: null };
    case "rewind":
      return { id, mode: "rewind", salvage, checkpoint, diverged: decision.diverged, ...words };
    case "clone":
      return decision.diverged === null
        ? { id, mode: "clone", salvage: own.torn === "-" ? null : own.torn, checkpoint: null, diverged: null, ...words }
        : { id, mode: "clone", salvage, checkpoint, diverged: decision.diverged, ...words };
    case "wait":
    case "refuse":
      return undefined;
  }
}

/** The diverged range as the guard's scripts take it: FROM, TO, and the segments that hold them. */
export function rangeWords({ from, to }: Pick<Divergence, "from" | "to">, segmentBytes: bigint): readonly string[] {
  const last = to === null ? LAST_SEGMENT : segmentOf(to === 0n ? to : to - 1n, segmentBytes);
  return [formatLsn(from), to === null ? "-" : formatLsn(to), segmentOf(from, segmentBytes), last];
}

/** The words of the agent's command. */
export function orderWords(order: Order, segmentBytes: bigint): string {
  const { id, mode, salvage, checkpoint, words } = order;
  const diverged = order.diverged ?? { from: 0n, to: null, timeline: 1 };
  const about = [id, mode, salvage ?? "-", checkpoint ?? "-", String(diverged.timeline)];
  return [...about, ...rangeWords(diverged, segmentBytes), ...(words === undefined ? [] : [words])].join(" ");
}
