import { CERTIFICATE_KEYS } from "./certificates/stored";
import { clientCertificates, type ClientCertificates } from "./certificates/clients";
import { pairBackup } from "./pair";
import type { Environment } from "./environment";

/** The passwords of one pair; they come from Pulumi's secret config and go nowhere else. */
export interface Passwords {
  readonly postgres: string;
  /** What the passwords of the own roles are derived from; without it that is `postgres`. */
  readonly roles?: string;
  readonly replication: string;
  readonly redis: string;
  readonly grafana: string;
  /** Encrypts the backups; whoever loses it has none. It may be missing where nothing is backed up. */
  readonly backup?: string;
}

/** The passwords of one pair, and the certificates that our own sessions show. */
export interface Credentials extends Passwords {
  /** Of those that are being exchanged, the former one; a server may still take that alone. */
  readonly before?: Partial<Passwords>;
  /** Absent where the stack has no certificates. */
  readonly clients?: ClientCertificates;
}

/** Where each password stands in the stack's config, in namespace `understudy`. */
export const CREDENTIAL_KEYS: Readonly<Record<keyof Passwords, string>> = {
  postgres: "postgresPassword",
  roles: "rolesPassword",
  replication: "replicationPassword",
  redis: "redisPassword",
  grafana: "grafanaPassword",
  backup: "backupPassword",
};

/** What each password is for. */
export const CREDENTIAL_MEANINGS: Readonly<Record<keyof Passwords, string>> = {
  postgres: "password of the PostgreSQL superuser",
  roles:
    "what the passwords of our roles of PostgreSQL and of our users of Redis are derived from; may be left out: then that is `postgresPassword`",
  replication: "password that the standby streams with",
  redis: "password of Redis' user `default`, that of applications without a user of their own",
  grafana: "first password of Grafana's `admin`",
  backup:
    "encrypts the backups, needed only with a section `backup`; **without it the backups are lost**, so keep a copy",
};

/**
 * The keys without which a stack of this environment cannot work: that of the backups only where there are any.
 * @param environment undefined: it could not be read, so nobody knows of backups
 */
export function neededKeys(environment: Environment | undefined): readonly string[] {
  const withBackups = environment !== undefined && pairBackup(environment) !== undefined;
  const unneeded: readonly string[] = ["roles", ...(withBackups ? [] : ["backup"])];
  return Object.entries(CREDENTIAL_KEYS).flatMap(([name, key]) => (unneeded.includes(name) ? [] : [key]));
}

/** Why a key is needed, for the error that it is missing; empty where every stack needs it. */
export function whyNeeded(key: string): string {
  return key === CREDENTIAL_KEYS.backup ? ", and the environment file has a section backup: it encrypts them" : "";
}

/** The passwords among a config's values, by key, with what our sessions show; one that is missing or empty is left out. */
export function credentialsFrom(valueOf: (key: string) => string | undefined): Credentials {
  const clients = clientCertificates(valueOf(CERTIFICATE_KEYS.certificates));
  const before = passwordsFrom((key) => valueOf(formerKey(key)));
  return {
    ...passwordsFrom(valueOf),
    ...(Object.keys(before).length > 0 && { before }),
    ...(clients && { clients }),
  };
}

/** Where the former password stands while another one takes its place, beside the key of that. */
export function formerKey(key: string): string {
  return `${key}Before`;
}

/** Where it stands since when that is so, in the clear, ISO 8601. */
export function sinceKey(key: string): string {
  return `${key}Since`;
}

/** The passwords as they were before those that are being exchanged; undefined while none is. */
export function formerCredentials<T extends Partial<Passwords>>(
  credentials: T & { readonly before?: Partial<Passwords> | undefined },
): T | undefined {
  const { before } = credentials;
  return before === undefined ? undefined : { ...credentials, ...before, before: undefined };
}

function passwordsFrom(valueOf: (key: string) => string | undefined): Passwords {
  return Object.fromEntries(
    Object.entries(CREDENTIAL_KEYS).flatMap(([name, key]) => {
      const value = valueOf(key);
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  ) as unknown as Passwords;
}
