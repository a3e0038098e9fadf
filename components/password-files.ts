import * as pulumi from "@pulumi/pulumi";
import { formerCredentials, type Credentials } from "../settings/credentials";
import { ownPassword, type OwnRole } from "../settings/own-roles";
import { ownRedisPassword, type OwnRedisUser } from "../settings/own-redis-users";
import type { Exchanged } from "../settings/exchanged";
import { secretFile, type ServiceFile } from "./config-files";

/** The passwords of a container are taken from these. */
export type Roots = Partial<Credentials> & Pick<Credentials, "postgres">;

/** A file with a password: whose it is, and how it is had. */
interface PasswordFile<T> {
  readonly of: Exchanged;
  readonly take: (all: T) => string;
}

/** The file with the password of one of our roles of PostgreSQL. */
export function roleFile(role: OwnRole): PasswordFile<Roots> {
  return { of: "own", take: (all) => ownPassword(all, role) };
}

/** The file with the password of one of our users of Redis. */
export function redisUserFile(user: OwnRedisUser): PasswordFile<Roots> {
  return { of: "own", take: (all) => ownRedisPassword(all, user) };
}

/**
 * A file for each password and, while one is being exchanged, the former one beside it as `NAME.before`: whoever logs in
 * with it takes the one that the server accepts.
 */
export function passwordFiles<T extends Partial<Credentials>>(
  credentials: pulumi.Input<T>,
  exchanging: readonly Exchanged[] | undefined,
  files: Readonly<Record<string, PasswordFile<T>>>,
): readonly ServiceFile[] {
  const all = pulumi.secret(credentials) as pulumi.Output<T>;
  return Object.entries(files).flatMap(([name, { of, take }]) => [
    secretFile(name, all.apply(take)),
    ...(exchanging?.includes(of) === true
      ? [
          secretFile(
            `${name}.before`,
            all.apply((now) => take(formerCredentials(now) ?? now)),
          ),
        ]
      : []),
  ]);
}
