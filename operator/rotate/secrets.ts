import { CREDENTIAL_KEYS, type Credentials, type Passwords } from "../../settings/credentials";
import { OWN_REDIS_USER_NAMES, ownRedisPassword } from "../../settings/own-redis-users";
import { OWN_ROLE_NAMES, ownPassword } from "../../settings/own-roles";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import { REPLICATION_USER, SUPERUSER } from "../../settings/names";

/** The passwords that `understudy rotate` exchanges, by the word for each, and what else that is. */
export const ROTATED = {
  roles: {
    credential: "roles",
    meaning: "what the passwords of our own roles of PostgreSQL and users of Redis are derived from",
  },
  replication: { credential: "replication", meaning: "password that the standby streams with" },
  superuser: { credential: "postgres", meaning: "password of the PostgreSQL superuser" },
  redis: {
    credential: "redis",
    meaning: "password of Redis' user `default`, that of applications without a user of their own",
  },
  grafana: { credential: "grafana", meaning: "password of Grafana's `admin`, on both hosts" },
  backup: {
    credential: "backup",
    meaning: "what opens the backups of both hosts, and what lets one host into the other one's store is derived from",
  },
} as const satisfies Readonly<Record<string, { readonly credential: keyof Passwords; readonly meaning: string }>>;

/** The word for one of them. */
export type Rotated = keyof typeof ROTATED;

/** All of them. */
export const ROTATED_NAMES = Object.keys(ROTATED) as readonly Rotated[];

/** The key of the stack's config that a secret stands under. */
export function keyOfRotated(name: Rotated): string {
  return CREDENTIAL_KEYS[ROTATED[name].credential];
}

/** The word for a password by its name in the credentials. */
export function rotatedOf(credential: keyof Passwords): Rotated {
  return ROTATED_NAMES.find((name) => ROTATED[name].credential === credential) ?? "superuser";
}

/**
 * Whether clients that are not ours use it: then the former one is taken until the operator says that all of them have the
 * new one. PostgreSQL has one password a role, so there is no such time for its superuser.
 */
export function hasClients(name: Rotated): boolean {
  return name === "redis";
}

/** A secret's value among a stack's passwords: what accounts are derived from is the superuser's where it has none of its own. */
export function valueOf(name: Rotated, all: Partial<Passwords>): string | undefined {
  return all[ROTATED[name].credential] ?? (name === "roles" ? all.postgres : undefined);
}

/** A login of a store, with the password that a set of credentials gives it. */
export interface Account {
  readonly name: string;
  readonly password: (all: Credentials) => string;
}

/** Whose passwords of PostgreSQL a secret is, or gives. Pure. */
export function postgresAccounts(name: Rotated, { roles }: Pick<Credentials, "roles">): readonly Account[] {
  const superuser: Account = { name: SUPERUSER, password: ({ postgres }) => postgres };
  switch (name) {
    case "replication":
      return [{ name: REPLICATION_USER, password: ({ replication }) => replication }];
    case "roles":
      return ownRoles;
    case "superuser":
      // Our accounts' are derived from it where they have no secret of their own.
      return roles === undefined ? [superuser, ...ownRoles] : [superuser];
    case "redis":
    case "grafana":
    case "backup":
      return [];
  }
}

const ownRoles: readonly Account[] = OWN_ROLE_NAMES.map((role) => ({
  name: role,
  password: (all) => ownPassword(all, role),
}));

/** The same of Redis. Pure. */
export function redisAccounts(name: Rotated, { roles }: Pick<Credentials, "roles">): readonly Account[] {
  if (name === "redis") return [{ name: DEFAULT_REDIS_USER, password: ({ redis }) => redis }];
  const none = name === "replication" || name === "grafana" || name === "backup";
  if (none || (name === "superuser" && roles !== undefined)) return [];
  return OWN_REDIS_USER_NAMES.map((user) => ({ name: user, password: (all) => ownRedisPassword(all, user) }));
}

/** A file of a container that has one of the passwords, and beside it the former one while that is exchanged. */
export interface Witness {
  readonly container: "timescaledb" | "redis" | "grafana" | "backup";
  readonly file: string;
  readonly password: (all: Credentials) => string;
}

/** The files by which a host is seen to have a secret. Pure. */
export function witnesses(
  name: Rotated,
  credentials: Pick<Credentials, "roles">,
  backups: boolean,
): readonly Witness[] {
  const derived: readonly Witness[] = [
    { container: "timescaledb", file: "guard", password: (all) => ownPassword(all, "understudy_guard") },
    { container: "redis", file: "guard", password: (all) => ownRedisPassword(all, "understudy_guard") },
    { container: "redis", file: "replication", password: (all) => ownRedisPassword(all, "understudy_replication") },
    { container: "backup", file: "redis", password: (all) => ownRedisPassword(all, "understudy_backup") },
  ];
  const all: Readonly<Record<Rotated, readonly Witness[]>> = {
    roles: derived,
    replication: [
      { container: "timescaledb", file: "replication", password: ({ replication }) => replication },
      { container: "backup", file: "replication", password: ({ replication }) => replication },
    ],
    superuser: [
      { container: "timescaledb", file: "postgres", password: ({ postgres }) => postgres },
      ...(credentials.roles === undefined ? derived : []),
    ],
    redis: [{ container: "redis", file: "redis", password: ({ redis }) => redis }],
    grafana: [{ container: "grafana", file: "grafana", password: ({ grafana }) => grafana }],
    backup: [{ container: "backup", file: "backup", password: ({ backup }) => backup ?? "" }],
  };
  return all[name].filter(({ container }) => backups || container !== "backup");
}
