/** The seven services of the stack, in the order in which people list them. */
export const SERVICE_NAMES = [
  "redis",
  "timescaledb",
  "prometheus",
  "alertmanager",
  "loki",
  "tempo",
  "grafana",
] as const;

export type ServiceName = (typeof SERVICE_NAMES)[number];

/** A store replicates by itself and has a role of its own; the other services do not. */
export const STORE_NAMES = ["timescaledb", "redis"] as const;

export type StoreName = (typeof STORE_NAMES)[number];

export type PromiseClass = "sync" | "async" | "mirrored" | "backup";

/**
 * What a planned swap promises for each service: the class of promise and the unit in which loss is counted.
 * The table in ARCHITECTURE.md is this one.
 */
export const SERVICE_PROMISES: Readonly<Record<ServiceName, { promise: PromiseClass; unit: string }>> = {
  redis: { promise: "async", unit: "stream entries" },
  timescaledb: { promise: "async", unit: "rows" },
  prometheus: { promise: "mirrored", unit: "samples" },
  alertmanager: { promise: "mirrored", unit: "silences" },
  loki: { promise: "backup", unit: "log lines" },
  tempo: { promise: "backup", unit: "spans" },
  grafana: { promise: "backup", unit: "dashboards" },
};
