import type { ServiceName } from "./services";

/**
 * What is promised for a service's data when the roles change:
 * - `sync`: everything acknowledged before the change is there after it, and the change waits for the proof;
 * - `async`: copied as it is written; what had not arrived is lost, and counted;
 * - `mirrored`: both hosts take part all the time;
 * - `backup`: what was in the newest backup.
 */
export const PROMISE_CLASSES = ["sync", "async", "mirrored", "backup"] as const;

export type PromiseClass = (typeof PROMISE_CLASSES)[number];

/** The promise of each service, by the kind of drill, and the units in which its loss is counted. */
export const SERVICE_PROMISES: Readonly<
  Record<ServiceName, { planned: PromiseClass; unplanned: PromiseClass; units: readonly string[] }>
> = {
  redis: { planned: "sync", unplanned: "async", units: ["journal entries"] },
  timescaledb: { planned: "sync", unplanned: "async", units: ["rows"] },
  prometheus: { planned: "mirrored", unplanned: "mirrored", units: ["scrapes"] },
  alertmanager: { planned: "mirrored", unplanned: "mirrored", units: ["silences", "firing alerts", "pages"] },
  loki: { planned: "sync", unplanned: "backup", units: ["log lines"] },
  tempo: { planned: "sync", unplanned: "backup", units: ["spans"] },
  grafana: { planned: "sync", unplanned: "backup", units: ["dashboards"] },
};

/** Services whose data a drill itself carries to the promoted host, because nothing replicates them. */
export const CARRIED_SERVICES = ["loki", "tempo", "grafana"] as const satisfies readonly ServiceName[];

export type CarriedService = (typeof CARRIED_SERVICES)[number];

/**
 * How many of a service's units a planned swap may miss: one scrape of a target, because its service is restarted between
 * two of them, and nothing else.
 */
export function missingAllowed(service: ServiceName): number {
  return service === "prometheus" ? 1 : 0;
}
