import type Docker from "dockerode";
import { containerName, GUARD_FOLDER } from "../../../settings/names";
import { guardScript } from "../guard-script";
import { readInContainer } from "../run-in-container";
import { REDIS_SETTINGS } from "./redis-trial";

const ASK_MS = 60_000;

/** A setting that the server that runs has otherwise than its next start would give it. */
export interface RedisDifference {
  readonly name: string;
  readonly running: string;
  readonly next: string;
  /** Whether it is read at a start alone. */
  readonly atStart: boolean;
}

/** How the Redis of one host is set. */
export interface RedisSettings {
  readonly host: string;
  readonly standby: boolean;
  /** A standby's link to its primary is up; null for a primary. */
  readonly linked: boolean | null;
  /** What runs, by name; without what is secret. */
  readonly running: ReadonlyMap<string, string>;
  readonly differences: readonly RedisDifference[];
  /** The file of layered settings that its container has. */
  readonly text: string;
}

/** What each host and each role has of its own, and what the boot guard and a drill set as they go. */
const NOT_COMPARED =
  /^(port|bind|bind-source-addr|dir|logfile|pidfile|aclfile|unixsocket|unixsocketperm|replicaof|slaveof|tls-.*|repl-diskless-.*|repl-ping-.*|min-(replicas|slaves)-to-write|replica-announced|slave-announced|save)$/;

/** Reads what `REDIS_SETTINGS` printed. Pure. @throws Error when the server did not say */
export function parseRedisSettings(
  host: string,
  printed: string,
): Omit<RedisSettings, "differences"> & {
  readonly unequal: readonly Omit<RedisDifference, "atStart">[];
} {
  const parts = new Map<string, string[]>();
  let part: string[] = [];
  for (const line of printed.replace(/\n$/, "").split("\n")) {
    if (["next", "running", "role", "text"].includes(line) && !parts.has("text")) parts.set(line, (part = []));
    else part.push(line);
  }
  const pairs = (name: string): ReadonlyMap<string, string> =>
    new Map(
      (parts.get(name) ?? []).map((line): [string, string] => {
        const at = line.indexOf("\t");
        return [line.slice(0, at), line.slice(at + 1)];
      }),
    );
  const [next, running, role] = [pairs("next"), pairs("running"), pairs("role")];
  const untried = /^untried (.*)$/m.exec(printed)?.[1];
  if (next.size === 0 || running.size === 0 || !role.has("role"))
    throw new Error(`Redis on ${host} does not say how it is set${untried === undefined ? "" : `: ${untried}`}`);
  const unequal = [...running]
    .filter(([name, value]) => !NOT_COMPARED.test(name) && next.has(name) && next.get(name) !== value)
    .map(([name, value]) => ({ name, running: value, next: next.get(name) ?? "" }));
  const standby = role.get("role") === "slave";
  const text = `${(parts.get("text") ?? []).join("\n")}\n`;
  return { host, standby, linked: standby ? role.get("link") === "up" : null, running, unequal, text };
}

/** Words: names and values. */
export const REDIS_SET = `bin=${GUARD_FOLDER}
${guardScript("redis-login.sh")}
while [ $# -gt 1 ]; do
  said=$(ask_redis 5 config set "$1" "$2")
  case $said in OK) printf 'set\\t%s\\n' "$1" ;; *) printf 'not\\t%s\\n' "$1" ;; esac
  shift 2
done
echo end`;

/**
 * Sets what a server takes while it runs.
 * @returns the names that it took. @throws Error when its engine does not say
 */
export async function setRedis(
  docker: Docker,
  settings: readonly { readonly name: string; readonly value: string }[],
): Promise<readonly string[]> {
  if (settings.length === 0) return [];
  const words = settings.flatMap(({ name, value }) => [name, value]);
  const said = await readInContainer(docker, containerName("redis"), ["sh", "-c", REDIS_SET, "sh", ...words], ASK_MS);
  return said.split("\n").flatMap((line) => (line.startsWith("set\t") ? [line.slice(4)] : []));
}

/** Reads how a host's Redis is set. What runs is set to itself, to see what it takes: nothing changes. @throws Error when it does not say */
export async function readRedisSettings(docker: Docker, host: string): Promise<RedisSettings> {
  const printed = await readInContainer(docker, containerName("redis"), ["sh", "-c", REDIS_SETTINGS], ASK_MS);
  const { unequal, ...read } = parseRedisSettings(host, printed);
  const takes = new Set(
    await setRedis(
      docker,
      unequal.map(({ name, running }) => ({ name, value: running })),
    ),
  );
  return { ...read, differences: unequal.map((one) => ({ ...one, atStart: !takes.has(one.name) })) };
}

const ROLE = `bin=${GUARD_FOLDER}
${guardScript("redis-login.sh")}
ask_redis 3 info replication | tr -d '\\r' | sed -n 's/^role:/role /p; s/^master_link_status:/link /p'
echo end`;

/** What a host's Redis plays, and whether a standby's link is up; undefined where it does not say. @throws Error of the engine */
export async function readRedisRole(docker: Docker): Promise<{ standby: boolean; linked: boolean } | undefined> {
  const said = await readInContainer(docker, containerName("redis"), ["sh", "-c", ROLE], ASK_MS);
  const role = /^role (\w+)$/m.exec(said)?.[1];
  return role === undefined ? undefined : { standby: role === "slave", linked: /^link up$/m.test(said) };
}
