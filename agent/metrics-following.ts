import type { AgentConfig } from "../settings/agent-config";
import type { FollowRecord, NotedMoment } from "../drills/hosts/follow-record-text";
import { STORE_NAMES, type StoreName } from "../settings/services";
import type { Metric, Sample } from "./exposition";
import { fresh } from "./fresh";
import type { Sight } from "./sight";

/** A record that was not written for so long is not kept any more: what it says is not known to be so still, seconds. */
const KEPT_SECONDS = 15;

/** The record of a store that is kept; null when there is none, when it is old, or when nobody knows how old it is. */
function recordOf(sight: Sight, store: StoreName, nowMs: number): FollowRecord | null {
  const record = fresh(sight[store].guard, nowMs)?.record ?? null;
  return record?.turn && record.turn.ageSeconds <= KEPT_SECONDS ? record : null;
}

/** What the records of following say, see `configs/guard/follow-record.sh`. A host that stands alone follows nobody. */
export function followMetrics(sight: Sight, { peer }: Pick<AgentConfig, "peer">, nowMs: number): readonly Metric[] {
  const each = (
    value: (record: FollowRecord) => Omit<Sample, "labels"> & { labels?: Record<string, string> },
  ): Sample[] =>
    STORE_NAMES.flatMap((store): Sample[] => {
      const record = peer === null ? null : recordOf(sight, store, nowMs);
      if (record === null) return [];
      const { labels = {}, value: number } = value(record);
      return [{ labels: { store, role: record.role, ...labels }, value: number }];
    });
  const at = (moment: NotedMoment | null): number | null =>
    moment === null ? null : Math.round(nowMs / 1000) - moment.ageSeconds;
  const age = (moment: NotedMoment | null): number | null => moment?.ageSeconds ?? null;
  const streams = ({ reason }: FollowRecord): boolean => reason === "streaming";
  const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
    ...{ name: `understudy_${name}`, help, type: "gauge", samples },
  });
  return [
    gauge(
      "following",
      "1 when the standby streams from its primary, as this host's record of following sees it; the role is of this host.",
      each((record) => ({ value: streams(record) })),
    ),
    gauge(
      "following_info",
      "Why it streams or not: the code of the record of following.",
      each((record) => ({ labels: { reason: record.reason }, value: 1 })),
    ),
    gauge(
      "protected_since_timestamp_seconds",
      "Since when the standby streams; not told while it does not.",
      each((record) => ({ value: streams(record) ? at(record.since) : null })),
    ),
    gauge(
      "unprotected_since_timestamp_seconds",
      "Since when the standby does not stream; not told while it does.",
      each((record) => ({ value: streams(record) ? null : at(record.since) })),
    ),
    gauge(
      "replication_lag_seconds",
      "Age of the last moment up to which the standby has everything; not told when it never had.",
      each((record) => ({ value: age(record.hasAll) })),
    ),
    gauge(
      "peer_alive_timestamp_seconds",
      "When the other host's server last answered as what it should be.",
      each((record) => ({ value: at(record.alive) })),
    ),
  ];
}
