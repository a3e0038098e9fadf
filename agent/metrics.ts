import type { AgentConfig } from "../settings/agent-config";
import { STORE_NAMES, type StoreName } from "../settings/services";
import type { Metric, Sample } from "./exposition";
import { fresh, said } from "./fresh";
import { judgePrimary, lagBytes } from "./judge";
import { followMetrics } from "./metrics-following";
import { logMetrics } from "./metrics-log";
import { toldMetrics } from "./metrics-told";
import type { GuardSight, ServerSight, Sight } from "./sight";

/** What of the configuration is told as metrics. */
export type ToldConfig = Pick<AgentConfig, "peer" | "lagObjectiveBytes" | "environment" | "host">;

/** One sample for each store, by a function that gives null for what is not known. */
export function perStore(value: (store: StoreName) => number | boolean | null): readonly Sample[] {
  return STORE_NAMES.map((store) => ({ labels: { store }, value: value(store) }));
}

/** A set of states: the one that is so is 1, the others 0; nothing when it is not known. */
export function states(store: StoreName, label: string, all: readonly string[], now: string | null): readonly Sample[] {
  return now === null ? [] : all.map((one) => ({ labels: { store, [label]: one }, value: one === now }));
}

const gauge = (name: string, help: string, samples: readonly Sample[]): Metric => ({
  ...{ name: `understudy_${name}`, help, type: "gauge", samples },
});

/** Everything that the agent tells Prometheus. Pure. */
export function metrics(sight: Sight, config: ToldConfig, nowMs: number): readonly Metric[] {
  return [
    ...roleMetrics(sight, nowMs),
    ...followMetrics(sight, config, nowMs),
    ...logMetrics(sight, nowMs),
    ...storeMetrics(sight, nowMs),
    ...hostMetrics(sight, config, nowMs),
    ...toldMetrics(sight, config, nowMs),
  ];
}

function roleMetrics(sight: Sight, nowMs: number): readonly Metric[] {
  const server = (store: StoreName): ServerSight | null => said<ServerSight>(sight[store].server, nowMs);
  const guard = (store: StoreName): GuardSight | null => fresh(sight[store].guard, nowMs);
  return [
    gauge(
      "store_answers",
      "1 when this host's server answers, whatever it answers; 0 when it is silent.",
      perStore((store) => {
        const asked = fresh(sight[store].server, nowMs);
        return asked === null ? null : asked.kind !== "silent";
      }),
    ),
    gauge(
      "store_refused_info",
      "The code with which this host's server refuses the agent: it lives, and its role is not known.",
      STORE_NAMES.flatMap((store): Sample[] => {
        const asked = fresh(sight[store].server, nowMs);
        return asked?.kind === "refused" ? [{ labels: { store, code: asked.code }, value: 1 }] : [];
      }),
    ),
    gauge(
      "store_role",
      "The role that this host's server has: 1 for the one that is observed.",
      STORE_NAMES.flatMap((store) => states(store, "role", ["primary", "standby"], server(store)?.role ?? null)),
    ),
    gauge(
      "store_primary_sure",
      "1 when /primary answers 200: a primary, writable, not fenced, not overtaken; 0 when any of it is not so or not known.",
      perStore((store) => judgePrimary(sight, store, nowMs).status === 200),
    ),
    gauge(
      "store_writable",
      "1 when this host's server takes writes, by its role and settings.",
      perStore((store) => server(store)?.writable ?? null),
    ),
    gauge(
      "store_timeline",
      "Timeline of PostgreSQL.",
      perStore((store) => server(store)?.timeline ?? null),
    ),
    gauge(
      "store_fenced",
      "1 when a fence keeps this host's store from starting as primary.",
      perStore((store) => guard(store)?.fenced ?? null),
    ),
    gauge(
      "store_held",
      "1 when the boot guard holds the store: no server runs.",
      perStore((store) => {
        const state = guard(store)?.state;
        return state === null || state === undefined ? null : state === "held";
      }),
    ),
    gauge(
      "store_held_info",
      "Why the boot guard holds the store, in its words, for people.",
      STORE_NAMES.flatMap((store): Sample[] => {
        const known = guard(store);
        return known?.state === "held" ? [{ labels: { store, reason: known.reason }, value: 1 }] : [];
      }),
    ),
    gauge(
      "store_demoted",
      "1 while a drill has stopped this host's PostgreSQL, and its instruction is awaited.",
      perStore((store) => {
        const known = guard(store);
        return store !== "timescaledb" || known === null ? null : known.demoting || known.state === "demoted";
      }),
    ),
    gauge(
      "pair_identity_info",
      "Whose data these are: PostgreSQL's system identifier, and the word of Redis.",
      STORE_NAMES.flatMap((store): Sample[] => {
        const identity = store === "timescaledb" ? server(store)?.history : guard(store)?.identity;
        return identity ? [{ labels: { store, identity }, value: 1 }] : [];
      }),
    ),
  ];
}

function storeMetrics(sight: Sight, nowMs: number): readonly Metric[] {
  const server = (store: StoreName): ServerSight | null => said<ServerSight>(sight[store].server, nowMs);
  const redis = said(sight.redis.server, nowMs);
  return [
    gauge(
      "store_connections",
      "Sessions of clients.",
      perStore((store) => server(store)?.connections ?? null),
    ),
    gauge(
      "store_connections_max",
      "How many sessions clients may have.",
      perStore((store) => server(store)?.connectionsMax ?? null),
    ),
    gauge("redis_memory_used_bytes", "What Redis uses.", [{ value: redis?.usedBytes ?? null }]),
    gauge("redis_memory_max_bytes", "Bound of Redis' memory; without a bound it is not told.", [
      { value: redis?.maxBytes ?? null },
    ]),
    gauge(
      "store_disk_free_bytes",
      "Room in the file system of a store's volume.",
      perStore((store) => fresh(sight[store].guard, nowMs)?.freeBytes ?? null),
    ),
    gauge(
      "store_disk_size_bytes",
      "Size of the file system of a store's volume.",
      perStore((store) => fresh(sight[store].guard, nowMs)?.sizeBytes ?? null),
    ),
  ];
}

function hostMetrics(sight: Sight, { peer, lagObjectiveBytes }: ToldConfig, nowMs: number): readonly Metric[] {
  const other = fresh(sight.peer, nowMs);
  const { certificates, lastDrill, drillUntil } = sight;
  return [
    gauge(
      "replication_lag_bytes",
      "How far this standby is behind its primary, by what the other host's agent sees of that, also while nothing is received.",
      perStore((store) => lagBytes(sight, store, nowMs)),
    ),
    gauge(
      "replication_lag_events",
      "Events of the pair's own journal that the standby did not show when it last looked, counted on the primary up to 10000.",
      [
        {
          labels: { store: "timescaledb" },
          value: said(sight.timescaledb.server, nowMs)?.eventsBehind ?? null,
        },
      ],
    ),
    gauge("replication_lag_objective_bytes", "A standby further behind is over the objective.", [
      { value: lagObjectiveBytes },
    ]),
    gauge("peer_declared", "1 when the environment has another host.", [{ value: peer !== null }]),
    gauge("peer_agent_answers", "1 when the other host's agent answers this one.", [
      { value: peer === null ? null : other !== null },
    ]),
    gauge("peer_clock_offset_seconds", "Clock of the other host less that of this one.", [
      { value: other?.offsetSeconds ?? null },
    ]),
    gauge("peer_clock_offset_uncertainty_seconds", "The offset is right within this.", [
      { value: other?.uncertaintySeconds ?? null },
    ]),
    gauge(
      "certificate_not_after_timestamp_seconds",
      "When a certificate of this host, or a CA that it believes, ends.",
      certificates.map(({ name, kind, notAfter }) => ({ labels: { kind, name }, value: notAfter })),
    ),
    gauge(
      "last_drill_timestamp_seconds",
      "When a step of the last drill in this host's journal began or ended.",
      lastDrill === null ? [] : [{ labels: { drill: lastDrill.id }, value: lastDrill.at }],
    ),
    gauge(
      "drill_in_progress_until_timestamp_seconds",
      "Until when a drill counts as at work here: a minute after its lock was last seen.",
      [{ value: drillUntil }],
    ),
  ];
}
