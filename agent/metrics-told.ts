import type { AgentConfig } from "../settings/agent-config";
import { STORE_NAMES } from "../settings/services";
import type { Metric, Sample } from "./exposition";
import type { Sight } from "./sight";

/** Whose readiness and whose role it is. */
type Own = Pick<AgentConfig, "environment" | "host">;

/** A clock that is this far behind that of the operator's machine is not taken for a future, seconds. */
const CLOCK_SECONDS = 60;

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  ...{ name: `understudy_${name}`, help, type: "gauge", samples },
});

/**
 * Whether what was told still says that the pair is ready: until its last rehearsal is too old. What is not known, or comes
 * from the future, is not ready. Pure.
 */
export function readyNow({ told }: Pick<Sight, "told">, nowMs: number): boolean {
  const now = nowMs / 1000;
  const readiness = told?.readiness ?? null;
  if (told === null || readiness?.ready !== true || told.toldAt > now + CLOCK_SECONDS) return false;
  return readiness.validUntil !== null && now < readiness.validUntil;
}

/** What the operator's verbs have told this host: the role it is declared to play, its drills, whether the pair is ready. */
export function toldMetrics(sight: Pick<Sight, "told">, { environment, host }: Own, nowMs: number): readonly Metric[] {
  const { told } = sight;
  const role = told?.roles[host];
  const drills = told?.drills ?? [];
  const last = drills.slice(0, 1);
  return [
    gauge("told_timestamp_seconds", "When a verb last told this host what it cannot see by itself.", [
      { value: told?.toldAt ?? null },
    ]),
    gauge(
      "store_declared_role",
      "The role that the stack's config declares for this host: 1 for the one that is declared.",
      role === undefined ? [] : ["primary", "standby"].map((one) => ({ labels: { role: one }, value: one === role })),
    ),
    gauge(
      "failover_ready",
      "1 while the last accepted drill is young enough and was of what was declared at the last verb; 0 also when nothing is known.",
      [{ labels: { environment }, value: readyNow(sight, nowMs) }],
    ),
    gauge("failover_ready_until_timestamp_seconds", "When the last accepted drill is too old.", [
      { labels: { environment }, value: told?.readiness?.validUntil ?? null },
    ]),
    gauge("last_rehearsal_timestamp_seconds", "When the last accepted drill ended.", [
      { labels: { environment }, value: told?.readiness?.rehearsedAt ?? null },
    ]),
    gauge(
      "last_drill_info",
      "The last executed drill, and what the verifier says of it.",
      last.map(({ id, kind, verdict }) => ({ labels: { drill: id, kind, verdict }, value: 1 })),
    ),
    gauge(
      "last_drill_accepted",
      "1 when the verifier accepts the last executed drill.",
      last.map(({ verdict }) => ({ value: verdict === "accepted" })),
    ),
    gauge(
      "last_drill_finished_timestamp_seconds",
      "When the last executed drill ended.",
      last.map(({ finishedAt }) => ({ value: finishedAt })),
    ),
    gauge(
      "last_drill_duration_seconds",
      "How long the last executed drill took.",
      last.map(({ durationSeconds }) => ({ value: durationSeconds })),
    ),
    gauge(
      "drill_outage_seconds",
      "Longest time between two acknowledged writes, of each of the last ten executed drills.",
      drills.flatMap(({ id, kind, outageSeconds }) =>
        STORE_NAMES.map((store) => ({ labels: { store, drill: id, kind }, value: outageSeconds[store] })),
      ),
    ),
    gauge(
      "last_drill_outage_seconds",
      "The same of the last executed drill alone.",
      last.flatMap(({ outageSeconds }) =>
        STORE_NAMES.map((store) => ({ labels: { store }, value: outageSeconds[store] })),
      ),
    ),
  ];
}
