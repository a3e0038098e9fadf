import type { ServiceName } from "./services";

/**
 * What is promised for a service's data when the roles change:
 * - `sync`: everything acknowledged before the change is there after it, and the change waits for the proof;
 * - `async`: copied as it is written; what had not arrived is lost, and counted;
 * - `mirrored`: both hosts take part all the time;
 * - `backup`: what was in the newest backup.
 */
export const PROMISE_CLASSES = ["sync", "async", "mirrored", "backup"] as const;

/** One of the promises for a service's data. */
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

/** A service whose data a drill carries over. */
export type CarriedService = (typeof CARRIED_SERVICES)[number];

/**
 * How many of a service's units a planned swap may miss: one scrape of a target, because its service is restarted between
 * two of them, and nothing else.
 */
export function missingAllowed(service: ServiceName): number {
  return service === "prometheus" ? 1 : 0;
}

/** What of a service's folder is carried, and how it joins what the other host has. */
export interface CarriedData {
  /** Folders below the service's, `.` for all of it. Written when the service has stopped. */
  readonly folders: readonly string[];
  /** Of those, the folders whose files never change once written: they can be copied while the service runs. */
  readonly unchanging: readonly string[];
  /**
   * `join`: files have names of their own and are added; what only the promoted host has stays, such as the last minutes
   * before a crash. `replace`: one database; the promoted host's former one is kept aside until the next swap.
   */
  readonly how: "join" | "replace";
}

/** The data of each carried service, in the layout of configs/. */
export const CARRIED_DATA: Readonly<Record<CarriedService, CarriedData>> = {
  // Chunks and their index; the rest is local state that Loki makes anew.
  loki: { folders: ["chunks"], unchanging: ["chunks"], how: "join" },
  // Blocks, and the write-ahead log that a stop leaves.
  tempo: { folders: ["blocks", "wal"], unchanging: ["blocks"], how: "join" },
  grafana: { folders: ["."], unchanging: [], how: "replace" },
};

/** Folder of ours in a service's volume, never carried itself like those below: hard links of what is on its way. */
export const OUTGOING = ".understudy-outgoing";
/** Folder for what arrives from the other host, until all of it is there and takes its place. */
export const INCOMING = ".understudy-incoming";
/** Says up to when the data of a single database are those of the pair: ISO 8601, one line. */
export const SYNCED = ".understudy-synced";
/** Folder with the data that a carry replaced, by hard links; it stays until the next one. */
export const FORMER = ".understudy-former";
