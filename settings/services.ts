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

/** One of the seven services. */
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** A store replicates by itself and has a role of its own; the other services do not. */
export const STORE_NAMES = ["timescaledb", "redis"] as const;

/** One of the two services that replicate by themselves and have a role. */
export type StoreName = (typeof STORE_NAMES)[number];

/** Every container of a host: the seven services, and the one that backs the other host's data up. */
export const CONTAINER_NAMES = [...SERVICE_NAMES, "backup"] as const;

/** Whatever has a container of its own on a host. */
export type ContainerName = (typeof CONTAINER_NAMES)[number];
