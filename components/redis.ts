import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { guardUpload, includingFile, renderConfigFile, secretFile, settingFile } from "./config-files";
import type { Credentials } from "../settings/credentials";
import { redisUsersFile } from "../settings/own-redis-users";
import { redisSettingsText, SETTINGS_FILE } from "../settings/server/layers";
import { passwordFiles, redisUserFile } from "./password-files";
import type { ServiceArgs } from "./service-args";
import { SERVICES } from "../settings/services";
import { declareService, endpoint, publishedPorts } from "./service-container";
import { filePath, GUARD_FOLDER } from "../settings/names";
import { encryptionFiles, REDIS_SHOWS } from "../settings/certificates/container-files";
import type { StackCertificates } from "../settings/certificates/stored";
import { encryptionOf, REDIS_TLS_INSIDE } from "../settings/encryption";

/**
 * What the boot guard of a store needs to know to ask the peer before it starts. Without a peer its name and
 * address are empty, and the guard asks nobody.
 * @param port published port of the store, the same on both hosts
 */
export function guardVariables({ environment, view }: ServiceArgs, port: number): Readonly<Record<string, string>> {
  return {
    UNDERSTUDY_ENVIRONMENT: environment.name,
    UNDERSTUDY_HOST: view.self.name,
    UNDERSTUDY_PEER_HOST: view.peer?.name ?? "",
    UNDERSTUDY_PEER_ADDRESS: view.peer?.replication_address ?? "",
    UNDERSTUDY_PEER_PORT: String(port),
    UNDERSTUDY_PEER_TIMEOUT: String(environment.policy.peer_timeout_seconds),
    UNDERSTUDY_BOOT_POLICY: environment.policy.on_boot_without_peer,
    UNDERSTUDY_JOURNAL_DAYS: String(environment.policy.journal_days),
  };
}

/**
 * A word as Redis reads it from a configuration file: in double quotes, with quotes and backslashes escaped.
 * @throws Error when it has a line break, which no configuration line can hold; the word itself is not in the message,
 * it may be a password.
 */
export function redisQuote(word: string): string {
  if (/[\r\n]/.test(word)) {
    throw new Error("a Redis password must not contain a line break");
  }
  return `"${word.replace(/["\\]/g, "\\$&")}"`;
}

type RedisCredentials = Pick<Credentials, "postgres" | "roles" | "redis" | "before">;

/** What the Redis container of one host is made from. */
export interface RedisArgs extends ServiceArgs {
  /** Of applications, one line, and what our users' own are derived from. They go into files that only the container has. */
  readonly credentials: pulumi.Input<RedisCredentials>;
  /** Undefined where the stack has none. */
  readonly certificates?: StackCertificates | undefined;
  /** The lines of the ACL file for the users of applications. */
  readonly applicationUsers?: pulumi.Output<readonly string[]> | undefined;
}

/** What of the configuration is secret; `redis.conf` includes it. */
const SECRETS_FILE = "secrets.conf";

/** What gives a server that runs its users anew. */
const OWN_USERS = `${GUARD_FOLDER}/own-users.sh`;

/** Share of the container's memory that data may take; the rest is for replication buffers and the rewrite's fork. */
const DATA_SHARE = 0.7;

function config({ environment, view }: RedisArgs): string {
  return renderConfigFile("redis/redis.conf", {
    secrets_file: filePath(SECRETS_FILE),
    maxmemory_mib: Math.floor(environment.services.redis.memory_mib * DATA_SHARE),
    announce_address: view.self.replication_address,
    announce_port: environment.ports.redis,
    backlog_mib: environment.replication.redis_backlog_mib,
  });
}

/** Redis behind the boot guard. Which role it has is in its data folder, not here. */
export class Redis extends pulumi.ComponentResource {
  public readonly image: docker.RemoteImage;
  public readonly volume: docker.Volume;
  public readonly container: docker.Container;
  /** Where clients reach it, `address:port`. */
  public readonly endpoint: string;

  constructor(name: string, args: RedisArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:Redis", name, {}, opts);
    const credentials = pulumi.secret(args.credentials);
    const secret = (take: (all: RedisCredentials) => string): pulumi.Output<string> => credentials.apply(take);
    const { environment, certificates } = args;
    const mode = encryptionOf(environment, certificates !== undefined);
    const { redis_tls: tlsPort } = environment.ports;
    const { image, volume, container } = declareService(this, name, args, {
      service: "redis",
      user: "redis",
      entrypoint: ["/bin/sh", `${GUARD_FOLDER}/guard.sh`],
      variables: {
        ...guardVariables(args, environment.ports.redis),
        ...(mode === "plain" ? {} : { UNDERSTUDY_PEER_TLS_PORT: String(tlsPort) }),
      },
      uploads: [
        guardUpload("guard.sh", "redis-guard.sh"),
        guardUpload("identity.sh", "redis-identity.sh"),
        guardUpload("health.sh", "redis-health.sh"),
        ...["login.sh", "users.sh", "own-users.sh", "encryption.sh"].map((name) => guardUpload(name, `redis-${name}`)),
        ...["follow-record.sh", "follow-redis.sh", "prune-journal.sh"].map((name) => guardUpload(name, name)),
      ],
      files: [
        includingFile("redis.conf", config(args), `include ${filePath(SETTINGS_FILE)}`),
        settingFile(SETTINGS_FILE, redisSettingsText(environment), "reload"),
        secretFile(
          SECRETS_FILE,
          secret(({ redis }) => `requirepass ${redisQuote(redis)}\nmasterauth ${redisQuote(redis)}\n`),
        ),
        ...passwordFiles(args.credentials, args.exchanging, {
          redis: { of: "redis", take: ({ redis }) => redis },
          guard: redisUserFile("understudy_guard"),
          replication: redisUserFile("understudy_replication"),
        }),
        secretFile(
          "users.acl",
          pulumi
            .all([secret(redisUsersFile), args.applicationUsers ?? []])
            .apply(([ours, applications]) => `${ours}${applications.map((line) => `${line}\n`).join("")}`),
        ),
        ...encryptionFiles(mode, certificates, REDIS_SHOWS).map(([file, content]) => secretFile(file, content)),
      ],
      // A container of an earlier version, which is about to be replaced, has no such script.
      reload: { command: ["sh", "-c", `[ ! -f ${OWN_USERS} ] || exec sh ${OWN_USERS} reload`] },
      dataFolder: "/data",
      ports: [
        ...publishedPorts("redis", environment.ports),
        ...(mode === "plain" ? [] : [{ key: "redis_tls" as const, internal: REDIS_TLS_INSIDE, external: tlsPort }]),
      ],
      healthCheck: { command: ["sh", `${GUARD_FOLDER}/health.sh`], intervalSeconds: 10, awaited: false },
      stopGraceSeconds: SERVICES.redis.stop.seconds,
    });
    this.image = image;
    this.volume = volume;
    this.container = container;
    this.endpoint = endpoint(args, environment.ports.redis);
    this.registerOutputs({ endpoint: this.endpoint, container: container.name });
  }
}
