import { createHmac } from "node:crypto";
import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { backupSchedule, type BackupSection } from "../settings/backup-section";
import { BACKUP_SHOWS, encryptionFiles } from "../settings/certificates/container-files";
import type { StackCertificates } from "../settings/certificates/stored";
import type { Credentials } from "../settings/credentials";
import { encryptionOf } from "../settings/encryption";
import { hostPort } from "../settings/address";
import { BACKUP_METRICS, frontPath } from "../settings/front";
import type { NamedHost } from "../settings/pair";
import { containerName, GUARD_FOLDER, REPLICATION_USER } from "../settings/names";
import type { OwnRedisUser } from "../settings/own-redis-users";
import type { BackupSource } from "../settings/service-row";
import { SERVICE_NAMES, SERVICES, type ServiceName } from "../settings/services";
import { configFile, secretFile, settingFile, upload, type ServiceFile } from "./config-files";
import { frontClientFiles } from "./front-files";
import { passwordFiles, redisUserFile } from "./password-files";
import type { ServiceArgs } from "./service-args";
import { declareService, endpoint } from "./service-container";

/** What the backup container of one host is made from. */
export interface BackupArgs extends ServiceArgs {
  readonly secrets: pulumi.Output<Credentials>;
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
  /** The services of the same host whose volumes it reads. */
  readonly volumesOf: Readonly<Record<ServiceName, { readonly volume: docker.Volume }>>;
}

const SCRIPTS = [
  "service.sh",
  "common.sh",
  "transport.sh",
  "prepare.sh",
  "confirm.sh",
  "base.sh",
  "log.sh",
  "batch.sh",
  "take.sh",
  "archive.sh",
  "tidy.sh",
  "metrics.sh",
  "keys.sh",
  "ask.sh",
  "restore.sh",
  "place.sh",
];

/** The user of Redis that may take a snapshot. */
const REDIS_USER: OwnRedisUser = "understudy_backup";

/** The settings demand the password of an environment with backups, so a stack that comes here has it. */
function encryptingPassword({ backup }: Partial<Credentials>): string {
  if (backup === undefined) throw new Error("understudy:backupPassword is not set: no backup can be encrypted");
  return backup;
}

/** What lets this host into the peer's store of backups. Not the password that encrypts them, which never leaves a host. */
function transportPassword(secrets: Partial<Credentials>): string {
  return createHmac("sha256", encryptingPassword(secrets)).update("understudy transport").digest("hex");
}

function backedUpFrom(source: BackupSource): readonly ServiceName[] {
  return SERVICE_NAMES.filter((service) => SERVICES[service].backup === source);
}

function schedule(section: BackupSection): Readonly<Record<string, string>> {
  return {
    UNDERSTUDY_INTERVALS: SERVICE_NAMES.map(
      (service) => `${service}=${String(backupSchedule(section, service).intervalSeconds)}`,
    ).join(" "),
    UNDERSTUDY_MAX_AGES: SERVICE_NAMES.map(
      (service) => `${service}=${String(backupSchedule(section, service).maxAgeSeconds)}`,
    ).join(" "),
    UNDERSTUDY_MIN_FREE_BYTES: String(section.min_free_mib * 1024 * 1024),
    UNDERSTUDY_KEEP_LAST: String(section.keep_last),
    UNDERSTUDY_KEEP_DAYS: String(section.keep_days),
    UNDERSTUDY_TIDY_SECONDS: String(60 * section.tidy_minutes),
  };
}

/** Where the peer's container tells what room it has, and what lets this one in there. */
function peerMetricsFiles({ environment, front }: BackupArgs, peer: NamedHost): readonly ServiceFile[] {
  const { ports } = environment;
  if (front?.through !== true) return [];
  const at = `https://${hostPort(peer.replication_address, ports.front)}${frontPath("backup", BACKUP_METRICS.path)}`;
  return [settingFile("peer-metrics", at, "reload"), ...frontClientFiles(front)];
}

/**
 * Backs this host's services up on the other host, and keeps the other host's backups and write-ahead log. It reads the
 * services' volumes as root without any capability but the one that opens other accounts' files; they are mounted
 * read-only, but for those that lay snapshots there, which nobody else removes.
 */
export class Backup extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where the other host pushes its backups to, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Backup", name, {}, opts);
    const { environment, view, secrets, certificates, volumesOf } = args;
    const mode = encryptionOf(environment, certificates !== undefined);
    const { backup, ports } = environment;
    if (backup === undefined || view.peer === undefined)
      throw new Error("backups go to another host: the environment needs two hosts and a backup section");
    const { name: peer, replication_address: address } = view.peer;
    const mounted = (service: ServiceName): { volumeName: pulumi.Output<string>; containerPath: string } => ({
      volumeName: volumesOf[service].volume.name,
      containerPath: `/services/${service}`,
    });
    const repository =
      (scheme: "http" | "https") =>
      (all: Credentials): string =>
        `rest:${scheme}://understudy:${transportPassword(all)}@${hostPort(address, ports.backup)}/${view.self.name}/`;
    const { image, volume, container } = declareService(this, name, args, {
      service: "backup",
      // restic takes a lock for a dead process' when its process is not found on a machine of the same name.
      hostname: `${containerName("backup")}-${view.self.name}`,
      user: "root",
      capabilities: ["DAC_OVERRIDE"],
      command: ["/bin/sh", `${GUARD_FOLDER}/service.sh`],
      variables: {
        UNDERSTUDY_HOST: view.self.name,
        UNDERSTUDY_PEER_HOST: peer,
        UNDERSTUDY_PEER_ADDRESS: address,
        UNDERSTUDY_PEER_PORT: String(ports.postgres),
        UNDERSTUDY_PEER_STORE: hostPort(address, ports.backup),
        UNDERSTUDY_PEER_METRICS_PORT: String(ports.backup_metrics),
        UNDERSTUDY_REPLICATION_USER: REPLICATION_USER,
        UNDERSTUDY_REDIS_USER: REDIS_USER,
        ...schedule(backup),
      },
      uploads: SCRIPTS.map((script) => upload(`${GUARD_FOLDER}/${script}`, configFile(`backup/${script}`))),
      files: [
        ...passwordFiles(secrets, args.exchanging, {
          backup: { of: "backup", take: encryptingPassword },
          transport: { of: "backup", take: transportPassword },
          repository: { of: "backup", take: repository("http") },
          ...(mode === "plain" ? {} : { "repository-tls": { of: "backup", take: repository("https") } }),
          replication: { of: "replication", take: ({ replication }) => replication },
          redis: redisUserFile(REDIS_USER),
        }),
        ...encryptionFiles(mode, certificates, BACKUP_SHOWS).map(([name, content]) => secretFile(name, content)),
        ...peerMetricsFiles(args, view.peer),
      ],
      dataFolder: "/backup",
      // So that the section can be taken out of the environment file again; the volume itself stays on the host.
      protectVolume: false,
      otherVolumes: [
        ...backedUpFrom("files").map((service) => ({ ...mounted(service), readOnly: true })),
        ...backedUpFrom("snapshot").map(mounted),
      ],
      ports: [
        { key: "backup", internal: 8011, external: ports.backup },
        { key: "backup_metrics", internal: BACKUP_METRICS.inside, external: ports.backup_metrics },
      ],
      healthCheck: {
        command: ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:9121/metrics.txt"],
        intervalSeconds: 10,
        awaited: false,
      },
      stopGraceSeconds: 15,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = endpoint(args, ports.backup);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
