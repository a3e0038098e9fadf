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

/** The role with which a door asks for the secrets of its clients' passwords: it has a certificate and no password. */
export const DOOR_ROLE = "understudy_door";

/** Redis stream that is the journal, and the user that replicates. */
export const EVENTS_STREAM = "understudy:events";

/** Folder inside the containers with our scripts, such as the boot guard, its agent and its health check. */
export const GUARD_FOLDER = "/understudy";

/**
 * Folder inside every container with its passwords, certificates and settings: the files volume, for reading only. Below
 * it `current` is a link to one whole generation of them.
 */
export const FILES_FOLDER = `${GUARD_FOLDER}/files`;

/** Where a container finds one of its passwords, certificates or settings, by the name that its component gave it. */
export function filePath(name: string): string {
  return `${FILES_FOLDER}/current/${name}`;
}

/**
 * Labels of every container of ours: the environment's name, the host's and the service's; what its ports were published
 * on, addresses with the names that stood for them, and the ports themselves; and a digest of the settings that it reads
 * only when it starts.
 */
export const LABELS = {
  environment: "understudy.environment",
  host: "understudy.host",
  service: "understudy.service",
  listen: "understudy.listen",
  ports: "understudy.ports",
  settings: "understudy.settings",
} as const;

/** The name of a service's container, the same on every host. */
export function containerName(service: ContainerName): string {
  return `understudy-${service}`;
}

/** The name of the Docker volume with a service's data, the same on every host. */
export function volumeName(service: ContainerName): string {
  return `understudy-${service}-data`;
}

/** The name of the Docker volume with a container's passwords, certificates and settings, the same on every host. */
export function filesVolumeName(service: ContainerName): string {
  return `understudy-${service}-files`;
}

/** Whether a volume of this name is one of `filesVolumeName`: what is in it comes from the stack, and can be made anew. */
export function isFilesVolume(name: string): boolean {
  return /^understudy-[a-z]+-files$/.test(name);
}

/** The physical replication slot that `standbyHost` uses on its primary: lower-case letters, digits, underscores. */
export function slotName(standbyHost: string): string {
  return `understudy_${standbyHost.replaceAll("-", "_")}`;
}

/** The slot through which the other host's backup container receives this server's write-ahead log. */
export const ARCHIVE_SLOT = "understudy_archive";

/** Where Docker keeps its data, unless the engine of a host says otherwise. */
export const DATA_ROOT = "/var/lib/docker";
