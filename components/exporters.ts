import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { trustBundle } from "../settings/certificates/clients";
import type { StackCertificates } from "../settings/certificates/stored";
import type { Credentials } from "../settings/credentials";
import { encryptionOf, REDIS_TLS_INSIDE, usesEncryption } from "../settings/encryption";
import { EXPORTERS } from "../settings/exporters";
import { containerName, DATABASE, filePath } from "../settings/names";
import { ownRedisPassword } from "../settings/own-redis-users";
import { SERVICES, type ExporterName } from "../settings/services";
import { secretFile, type ServiceFile } from "./config-files";
import { passwordFiles, roleFile } from "./password-files";
import type { ServiceArgs } from "./service-args";
import { declareContainer, httpEndpoint, type ServiceSpec } from "./service-container";

/** What the exporter of one host is made from. */
export interface ExporterArgs extends ServiceArgs {
  readonly exporter: ExporterName;
  readonly secrets: pulumi.Output<Credentials>;
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
}

const ACCOUNT = "understudy_exporter";
const TRUST = "ca.crt";
const PASSWORD = "password";

/** What an exporter has of its own. */
type Own = Pick<ServiceSpec, "command" | "variables" | "files" | "otherVolumes">;

function encrypts({ environment, certificates }: ExporterArgs): boolean {
  return usesEncryption(encryptionOf(environment, certificates !== undefined));
}

function trustFiles(args: ExporterArgs): readonly ServiceFile[] {
  return args.certificates !== undefined && encrypts(args) ? [secretFile(TRUST, trustBundle(args.certificates))] : [];
}

/**
 * It stays on the host's own network and has no name to compare the server's with: the certificate has to be of the pair.
 * With a name in its greeting (SNI), its driver, lib/pq, compares that name also where it is told to look at the authority alone.
 */
function postgres(args: ExporterArgs): Own {
  const server = `${containerName("timescaledb")}:${String(SERVICES.timescaledb.ports[0].inside)}`;
  const tls = encrypts(args) ? `sslmode=verify-ca&sslsni=0&sslrootcert=${filePath(TRUST)}` : "sslmode=disable";
  return {
    command: [
      ...["stat_checkpointer", "stat_wal_receiver", "long_running_transactions"].map((name) => `--collector.${name}`),
      "--log.level=warn",
    ],
    variables: {
      DATA_SOURCE_URI: `${server}/${DATABASE}?${tls}&connect_timeout=3`,
      DATA_SOURCE_USER: ACCOUNT,
      DATA_SOURCE_PASS_FILE: filePath(PASSWORD),
    },
    files: [...passwordFiles(args.secrets, args.exchanging, { [PASSWORD]: roleFile(ACCOUNT) }), ...trustFiles(args)],
  };
}

/** Where it asks Redis: as its scheme, and what comes after. */
function redisAddress(args: ExporterArgs): readonly [scheme: string, place: string] {
  const [scheme, port] = encrypts(args) ? ["rediss", REDIS_TLS_INSIDE] : ["redis", SERVICES.redis.ports[0].inside];
  return [scheme, `${containerName("redis")}:${String(port)}`];
}

/**
 * Go compares a server's certificate with the name that it was called by, and redis_exporter takes no other: on the host's
 * own network it encrypts and compares nothing. Commands that would show settings or keys it does not send. Its file has
 * the password by the address with the user in it; in the address that it calls it does not heed a user.
 */
function redis(args: ExporterArgs): Own {
  const [scheme, place] = redisAddress(args);
  const file = {
    of: "own" as const,
    take: (all: Credentials) => JSON.stringify({ [`${scheme}://${ACCOUNT}@${place}`]: ownRedisPassword(all, ACCOUNT) }),
  };
  return {
    command: [
      ...[`-redis.addr=${scheme}://${place}`, `-redis.user=${ACCOUNT}`, `-redis.password-file=${filePath(PASSWORD)}`],
      ...["-config-command=-", "-set-client-name=false", "-disable-scrape-endpoint", "-connection-timeout=3s"],
      ...["-log-level=WARN", ...(encrypts(args) ? ["-skip-tls-verification"] : [])],
    ],
    files: passwordFiles<Credentials>(args.secrets, args.exchanging, { [PASSWORD]: file }),
  };
}

const MACHINE = "/host";
/** What of the kernel an own network of a container hides: their figures would be of the exporter's container. */
const OF_THE_CONTAINER = [
  "arp",
  "bonding",
  "conntrack",
  "netclass",
  "netdev",
  "netstat",
  "sockstat",
  "softnet",
  "udp_queues",
];

/** It sees the machine's files read-only, as an account that owns none of them. */
function node(): Own {
  return {
    command: [
      ...[`--path.procfs=${MACHINE}/proc`, `--path.sysfs=${MACHINE}/sys`, `--path.rootfs=${MACHINE}`],
      ...[`--path.udev.data=${MACHINE}/run/udev/data`, "--log.level=warn"],
      "--collector.filesystem.mount-points-exclude=^/(dev|proc|sys|run|var/lib/docker/.+)($|/)",
      ...OF_THE_CONTAINER.map((name) => `--no-collector.${name}`),
    ],
    files: [],
    otherVolumes: [{ hostPath: "/", containerPath: MACHINE, readOnly: true }],
  };
}

const OWN: Readonly<Record<ExporterName, (args: ExporterArgs) => Own>> = {
  "postgres-exporter": postgres,
  "redis-exporter": redis,
  "node-exporter": node,
};

/**
 * One exporter of the field on one host: what it tells, many dashboards and rules are written for. It has no data. It reads
 * its password when it starts: another one ends it by a signal, and the engine starts it again.
 */
export class Exporter extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly container: docker.Container;
  /** Where it answers, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: ExporterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Exporter", name, {}, opts);
    const { inside, port } = EXPORTERS[args.exporter];
    const { image, container } = declareContainer(this, name, args, {
      service: args.exporter,
      user: "nobody",
      uploads: [],
      ...OWN[args.exporter](args),
      reload: { signal: "SIGHUP" },
      ports: [{ key: port, internal: inside, external: args.environment.ports[port] }],
      healthCheck: {
        command: ["wget", "-q", "-O", "/dev/null", `http://127.0.0.1:${String(inside)}/`],
        intervalSeconds: 30,
        awaited: false,
      },
      stopGraceSeconds: 5,
    });
    this.image = image;
    this.container = container;
    this.endpoint = httpEndpoint(args, args.environment.ports[port]);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
