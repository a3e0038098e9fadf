import type { Metric, Sample } from "./exposition";
import { said } from "./fresh";
import type { Sight, SlotSight } from "./sight";

const WAL_STATES = ["reserved", "extended", "unreserved", "lost"] as const;

/** What is known of PostgreSQL's write-ahead log, its slots and checkpoints. */
export function logMetrics(sight: Sight, nowMs: number): readonly Metric[] {
  const seen = said(sight.timescaledb.server, nowMs);
  const slots = (value: (slot: SlotSight) => number | boolean | null): readonly Sample[] =>
    (seen?.slots ?? []).map((slot) => ({ labels: { slot: slot.name }, value: value(slot) }));
  const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
    ...{ name: `understudy_${name}`, help, type: "gauge", samples },
  });
  return [
    gauge(
      "slot_active",
      "1 when somebody receives through the slot.",
      slots(({ active }) => active),
    ),
    gauge(
      "slot_wal_status",
      "The state of the log that a slot needs: 1 for the one that is so.",
      (seen?.slots ?? []).flatMap(({ name, walStatus }) =>
        walStatus === null
          ? []
          : WAL_STATES.map((status) => ({ labels: { slot: name, status }, value: status === walStatus })),
      ),
    ),
    gauge(
      "slot_retained_bytes",
      "What of the log a slot keeps.",
      slots(({ retainedBytes }) => retainedBytes),
    ),
    gauge(
      "slot_safe_bytes",
      "What may still be written before a slot is lost; not told without a bound.",
      slots(({ safeBytes }) => safeBytes),
    ),
    gauge("wal_bytes", "What lies in the folder of the write-ahead log.", [{ value: seen?.walBytes ?? null }]),
    gauge("wal_wanted_bytes", "What of it the server's settings ask for, without slots.", [
      { value: seen?.walWantedBytes ?? null },
    ]),
    gauge("checkpoint_timestamp_seconds", "When the last checkpoint was begun.", [
      { value: seen?.checkpointAt ?? null },
    ]),
    gauge("checkpoint_timeout_seconds", "Longest time between two checkpoints of a server that writes.", [
      { value: seen?.checkpointTimeoutSeconds ?? null },
    ]),
    gauge("checkpoint_wal_bytes", "What was written since the last checkpoint was begun; of a primary.", [
      { value: seen?.walSinceCheckpoint ?? null },
    ]),
  ];
}
