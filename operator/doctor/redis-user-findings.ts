import { connectEngine, type HostEngine } from "../../drills/hosts/engine";
import { guardScript } from "../../drills/hosts/guard-script";
import { readInContainer } from "../../drills/hosts/run-in-container";
import type { Environment } from "../../settings/environment";
import { containerName } from "../../settings/names";
import { DEFAULT_REDIS_USER } from "../../settings/own-redis-users";
import type { NamedHost } from "../../settings/pair";
import { SERVICES } from "../../settings/services";
import { good, problem, type Finding } from "./finding";

const ASKED_MS = 20_000;
const CHECK = "redis users";
const SET_ASIDE = `${SERVICES.redis.guardFolder}/users.set-aside`;

/** What a host's Redis says of our users. */
export interface RedisUsers {
  /** Whether it lets ours in; null where the host's container has none, as of a version before, and where it does not say. */
  readonly letsIn: boolean | null;
  /** Whether its container is of a version that has them. */
  readonly known: boolean;
  /** As whom standbys have logged in to it. */
  readonly standbys: readonly string[];
  /** Whether lines of its users are kept aside, which it does not take. */
  readonly setAside: boolean;
  /** Every user that it has; none where it does not say. */
  readonly users: readonly string[];
}

/** Asks the server from inside its own container, so that doctor needs no password. */
const ASK = `bin=/understudy
${guardScript("redis-login.sh")}
[ -n "$(redis_secret guard)" ] && echo known
said=$(redis_as understudy_guard 3 ping)
case $said in PONG) echo in ;; NOAUTH* | WRONGPASS*) echo out ;; esac
redis_as default 3 acl users | sed 's/^/user /'
ask_redis 3 client list type replica | sed -n 's/.* user=\\([^ ]*\\).*/standby \\1/p'
[ ! -s ${SET_ASIDE} ] || echo aside
echo end`;

/** Whether our sessions log in to a host's Redis as users of their own; nothing where nobody could say. */
export async function redisUserFindings(
  host: NamedHost,
  { applications }: Pick<Environment, "applications">,
): Promise<readonly Finding[]> {
  const engine = connectEngine(host);
  try {
    const found = await readRedisUsers(engine).catch(() => undefined);
    return found === undefined ? [] : redisUserFinding(host.name, found, applications);
  } finally {
    engine.close();
  }
}

async function readRedisUsers({ docker }: HostEngine): Promise<RedisUsers> {
  return parseRedisUsers(await readInContainer(docker, containerName("redis"), ["sh", "-c", ASK], ASKED_MS));
}

/** Reads what the question in the container printed. Pure. */
export function parseRedisUsers(text: string): RedisUsers {
  const lines = text.split("\n").map((line) => line.trim());
  return {
    known: lines.includes("known"),
    letsIn: lines.includes("in") ? true : lines.includes("out") ? false : null,
    standbys: lines.flatMap((line) => /^standby (\S+)$/.exec(line)?.[1] ?? []),
    setAside: lines.includes("aside"),
    users: lines.flatMap((line) => /^user (\S+)$/.exec(line)?.[1] ?? []),
  };
}

/** What is said of it. Pure. */
export function redisUserFinding(
  host: string,
  found: RedisUsers,
  applications: Environment["applications"] = {},
): readonly Finding[] {
  const aside = found.setAside
    ? [
        problem(
          CHECK,
          host,
          `lines of Redis' users that it does not take are kept in ${SET_ASIDE} of its container`,
          `make these users anew by ACL SETUSER and ACL SAVE, then: docker exec ${containerName("redis")} rm ${SET_ASIDE}`,
        ),
      ]
    : [];
  return [...login(host, found), ...undeclared(host, found, applications), ...aside];
}

/** Whoever is neither `default`, nor ours, nor declared: made by hand, or no longer declared. It stays, and keeps its password. */
function undeclared(host: string, { users }: RedisUsers, applications: Environment["applications"]): Finding[] {
  const declared = new Set(Object.entries(applications).flatMap(([name, { redis }]) => (redis ? [name] : [])));
  const others = users.filter(
    (name) => name !== DEFAULT_REDIS_USER && !/^understudy_/.test(name) && !declared.has(name),
  );
  if (others.length === 0) return [];
  const words = `users that nobody declares, made by hand or no longer declared, which may log in: ${others.join(", ")}`;
  return [good(CHECK, host, words)];
}

function login(host: string, { known, letsIn, standbys }: RedisUsers): Finding[] {
  if (!known) {
    const words = `our sessions log in to Redis as \`${DEFAULT_REDIS_USER}\`, which may do everything: it has no users of ours yet`;
    return [problem(CHECK, host, words, "understudy up --execute")];
  }
  if (letsIn === null) return [];
  if (!letsIn) {
    const words = `Redis does not let our users in, so our sessions log in as \`${DEFAULT_REDIS_USER}\`, which may do everything`;
    return [problem(CHECK, host, words, `docker logs ${containerName("redis")} says why it started without them`)];
  }
  if (standbys.includes(DEFAULT_REDIS_USER)) {
    const words = `Redis' standby follows as \`${DEFAULT_REDIS_USER}\`, from before it had a user of its own, until it logs in anew`;
    return [problem(CHECK, host, words, `on the standby's host: docker restart ${containerName("redis")}`)];
  }
  return [good(CHECK, host, "our sessions log in to Redis as users of their own")];
}
