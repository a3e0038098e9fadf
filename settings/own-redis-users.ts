import { createHash, createHmac } from "node:crypto";
import { formerCredentials, type Credentials } from "./credentials";
import { EVENTS_STREAM, PRUNED } from "./names";
import { IDENTITY_KEY } from "./pair-identity";

/** The users of Redis with which the product's own sessions log in, and who uses each. */
export const OWN_REDIS_USERS = {
  understudy_drill: "what reads and steers a pair from the operator's machine: drill, status, doctor, up, rejoin",
  understudy_probe: "the probe, which writes numbered events and reads them back",
  understudy_guard: "both hosts' boot guards and what runs beside them: of their own server and of the other host's",
  understudy_replication: "a standby, which follows",
  understudy_backup: "the host's own backup container, which takes a snapshot",
  understudy_agent: "the host's own agent, which watches its server and changes nothing",
  understudy_exporter: "the host's own exporter, where there is one: it reads figures and changes nothing",
} as const;

/** One of the users with which the product's own sessions log in. */
export type OwnRedisUser = keyof typeof OWN_REDIS_USERS;

/** All of them. */
export const OWN_REDIS_USER_NAMES = Object.keys(OWN_REDIS_USERS) as readonly OwnRedisUser[];

/** The user that every Redis has: that of applications that have no other. */
export const DEFAULT_REDIS_USER = "default";

/** What a user may, beside logging in. */
export interface RedisRight {
  readonly user: OwnRedisUser;
  /** Rules of an ACL: keys, then commands. */
  readonly rules: readonly string[];
  readonly for: string;
}

const commands = (words: string): readonly string[] => words.split(" ").map((word) => `+${word}`);

/** Every right that our users have. Whatever stands here, the real server's tests run; it is what a session sends. */
export const REDIS_RIGHTS: readonly RedisRight[] = [
  {
    user: "understudy_drill",
    rules: commands("ping info config|get acl|list acl|whoami module|list client|list"),
    for: "reads what a server is, what it is set to, whose sessions it has",
  },
  {
    user: "understudy_drill",
    rules: [
      "%R~*",
      ...commands(
        "select eval eval_ro dbsize scan randomkey type exists pexpiretime memory|usage strlen get getrange llen lrange",
      ),
      ...commands("hlen hgetall hmget hrandfield scard smembers smismember srandmember zcard zrange"),
      ...commands("xlen xrange xrevrange"),
    ],
    for: "compares the keys and the journal of two servers by bytes; it may change none",
  },
  {
    user: "understudy_drill",
    rules: commands("client|pause client|unpause replicaof config|set config|rewrite"),
    for: "pauses writes, exchanges the roles, lengthens pings for that moment, writes the role down",
  },
  {
    user: "understudy_probe",
    rules: [`~${EVENTS_STREAM}`, ...commands("xadd xrange")],
    for: "writes events, reads them back",
  },
  {
    user: "understudy_probe",
    rules: [`%R~${PRUNED}`, ...commands("get role ping")],
    for: "sees whether its events were pruned, and whether the server is a primary",
  },
  {
    user: "understudy_guard",
    rules: commands("ping info role config|get acl|whoami client|list"),
    for: "asks both servers what they are, how far one follows the other, and as whom",
  },
  {
    user: "understudy_guard",
    rules: [`~${IDENTITY_KEY}`, ...commands("get set exists")],
    for: "reads and writes the pair's identity",
  },
  {
    user: "understudy_guard",
    rules: [`~${EVENTS_STREAM}`, `~${PRUNED}`, ...commands("multi exec xrange xtrim command")],
    for: "prunes the journal; `redis-cli` asks for the list of commands when it is given more than one",
  },
  {
    user: "understudy_guard",
    rules: commands("config|set shutdown"),
    for: "lets replicas wait until it knows whose data are here, sets whom its server follows as; stops a server without the pair's data",
  },
  {
    user: "understudy_guard",
    rules: commands("client|pause client|unpause replicaof config|rewrite sync psync replconf"),
    for: "fences a living primary that only its standby reaches, and fetches what it alone has",
  },
  {
    user: "understudy_replication",
    rules: commands("ping replconf psync"),
    for: "receives what a primary writes",
  },
  {
    user: "understudy_backup",
    rules: commands("ping replconf psync sync"),
    for: "receives a snapshot",
  },
  {
    user: "understudy_agent",
    rules: commands("info"),
    for: "reads the role, the position, the memory and the number of clients",
  },
  {
    user: "understudy_exporter",
    rules: commands("info latency|latest latency|histogram slowlog|len"),
    for: "reads figures; not the slow commands themselves, which have keys and values in them",
  },
];

/**
 * The password of one of our users of Redis: derived, as those of the roles of PostgreSQL. Letters, digits, `-` and `_`, so
 * that no configuration has to quote it.
 */
export function ownRedisPassword(
  { roles, postgres }: Pick<Credentials, "roles" | "postgres">,
  user: OwnRedisUser,
): string {
  return createHmac("sha256", roles ?? postgres)
    .update(`understudy redis user ${user}`)
    .digest("base64url");
}

/** How Redis is told a password without being told it. */
function digest(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}

/**
 * The users that a server is given at each start, a line each as an ACL file has them: `default`, with the configured
 * password and every right, as where there is no such file, and ours. A file that left `default` out would let everybody in.
 */
export function redisUsersFile(credentials: Pick<Credentials, "roles" | "postgres" | "redis" | "before">): string {
  const former = formerCredentials(credentials);
  type Roots = Pick<Credentials, "roles" | "postgres" | "redis">;
  // While a password is exchanged the server takes both.
  const line = (name: string, passwordIn: (all: Roots) => string, rules: readonly string[]): string => {
    const digests = new Set([credentials, ...(former ? [former] : [])].map((all) => digest(passwordIn(all))));
    return `user ${name} on ${[...digests].join(" ")} ${rules.join(" ")}\n`;
  };
  const ours = OWN_REDIS_USER_NAMES.map((user) => {
    const rules = REDIS_RIGHTS.filter((right) => right.user === user).flatMap((right) => right.rules);
    return line(user, (all) => ownRedisPassword(all, user), ["resetchannels", "-@all", ...new Set(rules)]);
  });
  return [line(DEFAULT_REDIS_USER, ({ redis }) => redis, ["~*", "&*", "+@all"]), ...ours].join("");
}
