import { messageOf } from "../../../settings/user-error";
import { bounded } from "../bounded";
import { parseInfo, type RedisSession } from "../redis";

/** Longest that one server takes to be read, milliseconds. */
const READ_MS = 10_000;

/** What one Redis server tells of itself. */
export interface RedisFacts {
  readonly info: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  /** The rules of each user of the ACL, by name. They hold checksums of passwords, and are told to nobody. */
  readonly users: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
}

/** What was read of one server. What could not be read is an Error's words. */
export interface RedisReading {
  readonly host: string;
  readonly facts: RedisFacts | string;
}

/** Reads one server over a session that is open. Changes nothing; never throws. */
export async function readRedis(host: string, redis: RedisSession): Promise<RedisReading> {
  const asked = Promise.all([
    redis.command("INFO"),
    redis.command("CONFIG", "GET", "*"),
    redis.command("ACL", "LIST"),
    redis.command("MODULE", "LIST"),
  ]);
  try {
    const [info, config, users, modules] = await bounded(`${host}: Redis`, READ_MS, asked);
    return {
      host,
      facts: {
        info: parseInfo(String(info)),
        settings: pairs(config as string[]),
        users: new Map((users as string[]).map(userOf)),
        modules: (modules as unknown[][]).map((one) => pairs(one.map(String)).get("name") ?? "unnamed"),
      },
    };
  } catch (error) {
    asked.catch(() => undefined);
    return { host, facts: messageOf(error) };
  }
}

function pairs(flat: readonly string[]): Map<string, string> {
  return new Map(flat.flatMap((word, at) => (at % 2 === 0 ? [[word, flat[at + 1] ?? ""] as const] : [])));
}

/** A line of ACL LIST: `user NAME RULES`. */
function userOf(line: string): readonly [string, string] {
  const [, name = "", rules = ""] = /^user (\S+) ?(.*)$/s.exec(line) ?? [];
  return [name, rules];
}
