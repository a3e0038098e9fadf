import type { ContainerName } from "./services";

/** Docker network on each host that joins the containers of one host. */
export const NETWORK_NAME = "understudy";

/** The database of the pair in PostgreSQL. */
export const DATABASE = "understudy";
/** Journal of events in PostgreSQL: schema and table. */
export const EVENTS_TABLE = "understudy.events";
/** Run of the journal's rows that note how far it was pruned: `seq` is the moment, epoch seconds. Redis has a key of that name. */
export const PRUNED = "understudy:pruned";
/** PostgreSQL's superuser, who logs in by the local socket of its container. */
export const SUPERUSER = "postgres";
/** The role with which a standby of PostgreSQL streams. */
export const REPLICATION_USER = "understudy_replication";

/** Redis stream that is the journal, and the user that replicates. */
export const EVENTS_STREAM = "understudy:events";

/** Folder inside the store containers with the boot guard, its agent, its health check and its password files. */
export const GUARD_FOLDER = "/understudy";

/** Labels of every container of ours: the environment's name, the host's and the service's. */
export const LABELS = {
  environment: "understudy.environment",
  host: "understudy.host",
  service: "understudy.service",
} as const;

/** The name of a service's container, the same on every host. */
export function containerName(service: ContainerName): string {
  return `understudy-${service}`;
}

/** The name of the Docker volume with a service's data, the same on every host. */
export function volumeName(service: ContainerName): string {
  return `understudy-${service}-data`;
}

/** The physical replication slot that `standbyHost` uses on its primary: lower-case letters, digits, underscores. */
export function slotName(standbyHost: string): string {
  return `understudy_${standbyHost.replaceAll("-", "_")}`;
}

/** The slot through which the other host's backup container receives this server's write-ahead log. */
export const ARCHIVE_SLOT = "understudy_archive";
