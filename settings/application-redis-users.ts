import { sha256, type FormerDigests } from "./application-secrets";
import type { Applications } from "./applications";
import type { RedisAccess } from "./application-redis";

/**
 * The words of one user's line in a file of Redis' ACL. Whatever was allowed, what steers the server is forbidden last,
 * but for ROLE, by which a client finds the primary.
 */
function rules({ keys, read_keys, channels, commands }: RedisAccess): readonly string[] {
  return [
    "resetkeys",
    ...keys.map((one) => `~${one}`),
    ...read_keys.map((one) => `%R~${one}`),
    "resetchannels",
    ...channels.map((one) => `&${one}`),
    "-@all",
    ...commands.map((word) => (/^[+-]/.test(word) ? word : `+${word}`)),
    "-@admin",
    "+role",
  ];
}

/**
 * The lines of Redis' ACL file for the users of all declared applications, in the order of their names, so that the same
 * declaration is the same text on both hosts. A line has the SHA-256 of the password, never the password, and beside it
 * that of the former one while it is being exchanged: Redis takes either. Pure.
 * @param passwords by application, as `application-secrets.ts` gives them
 * @throws Error when the password of one is not there
 */
export function applicationRedisUsers(
  applications: Applications,
  passwords: ReadonlyMap<string, string>,
  former: FormerDigests = new Map(),
): readonly string[] {
  return Object.entries(applications)
    .flatMap(([name, { redis }]) => (redis === undefined ? [] : [[name, redis] as const]))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, redis]) => {
      const password = passwords.get(name);
      if (password === undefined) throw new Error(`applications.${name}.password: there is none`);
      const before = former.get(name);
      const digests = new Set([sha256(password), ...(before === undefined ? [] : [before])]);
      return ["user", name, "reset", "on", ...[...digests].map((one) => `#${one}`), ...rules(redis)].join(" ");
    });
}
