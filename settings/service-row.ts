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

/**
 * How a service's data join those of the other host. `join`: files have names of their own and are added; what only the
 * promoted host has stays, such as the last minutes before a crash. `replace`: one database; the promoted host's former
 * one is kept aside until the next swap.
 */
export const CARRY_WAYS = ["join", "replace"] as const;

/** How a service's data join those of the other host. */
export type CarryWay = (typeof CARRY_WAYS)[number];

/** One port that a service publishes on every address of its host. */
export interface ServicePort {
  /** Its key in the section `ports` of an environment file. */
  readonly key: string;
  /** The container's own port, and the published one unless the environment file says another. */
  readonly inside: number;
  /** What the other host asks of it, in words; null when it serves only clients. */
  readonly askedByPeer: string | null;
}

/** What a service's health is asked by, at its first port: an HTTP path that answers 2xx when it is ready, or a store's own protocol. */
export type HealthProtocol =
  { readonly protocol: "http"; readonly path: string } | { readonly protocol: "postgresql" | "redis" };

/**
 * Where a backup takes a service's data from:
 * - `files`: its volume, read where they lie;
 * - `snapshot`: its volume, in which it lays a snapshot when it is asked to, and from which the backup removes that;
 * - `stream`: the service itself, over the network between the containers;
 * - `base-and-log`: the service itself, over the network between the hosts, by the other host, which also receives its
 *   write-ahead log: it can be brought to any moment.
 */
export type BackupSource = "files" | "snapshot" | "stream" | "base-and-log";

/** What is promised for a service's data when the roles change. */
export interface DataPromise {
  /** By the kind of drill. */
  readonly planned: PromiseClass;
  readonly unplanned: PromiseClass;
  /** In what its loss is counted. */
  readonly units: readonly string[];
  /** How many of its units a planned swap may miss. */
  readonly missingAllowed: number;
}

/** What of a service's folder a drill carries to the promoted host, because nothing replicates it. */
export interface CarriedData {
  /** Folders below the service's, `.` for all of it. Written when the service has stopped. */
  readonly folders: readonly string[];
  /** Of those, the folders whose files never change once written: they can be copied while the service runs. */
  readonly unchanging: readonly string[];
  readonly how: CarryWay;
}

/** How a service is stopped. */
export interface ServiceStop {
  /** Seconds between the stop signal and SIGKILL. */
  readonly seconds: number;
  /**
   * A request (POST) to its first port after which it writes everything out and says `Terminated` of itself where its
   * health is asked; null: it writes out when it is told to end.
   */
  readonly flush: string | null;
}

/** One row of the table of services: everything that is told of a service by its name. */
export interface ServiceRow {
  /** The first is where clients reach it. */
  readonly ports: readonly [ServicePort, ...ServicePort[]];
  readonly health: HealthProtocol;
  /** Path of its metrics at its first port; null when Prometheus does not scrape it. */
  readonly metrics: string | null;
  readonly backup: BackupSource;
  readonly promise: DataPromise;
  /** Null when its data are not carried: it replicates by itself, or both hosts take part. */
  readonly carried: CarriedData | null;
  /** A store replicates by itself and has a role of its own: the folder in its container with its boot guard's files. Null for the others. */
  readonly guardFolder: string | null;
  readonly stop: ServiceStop;
}
