import { OWN_REDIS_USER_NAMES } from "../../../settings/own-redis-users";
import { serverVersion } from "../redis";
import type { ComparedKeys } from "../redis-keys";
import { comparableRules } from "./acl-rules";
import { namesOf, type FindingsPair, type Found } from "./found";
import type { RedisFacts, RedisReading } from "./read-redis";

/** Beyond this share of maxmemory there is little room left. */
const NEARLY_FULL = 0.9;
/** What a drill sets while it exchanges the roles, and sets back. */
const LONG_PINGS = "3600";

/** What each host has of its own, may be secret, or other findings tell. */
const NOT_COMPARED =
  /^(bind|port|dir|pidfile|logfile|cluster-announce.*|replica-announce.*|slave-announce.*|replicaof|slaveof|requirepass|masterauth|masteruser|tls-.*|databases|maxmemory|maxmemory-policy|min-.*-to-write|appendonly|appendfsync|repl-ping-.*-period|.*-read-only|aclfile|unixsocket.*|oom-score-adj-values|proc-title-template|syslog-ident|bind-source-addr|server_cpulist|.*_cpulist)$/;

/** What was read of both servers, and what comparing their keys gave; `from` is null where only the standby was read. */
export function redisFindings(
  from: RedisReading | null,
  to: RedisReading,
  compared: ComparedKeys | string | null,
  pair: FindingsPair,
): readonly Found[] {
  const unread = [from, to].flatMap((one): Found[] =>
    typeof one?.facts === "string" ? [{ key: "not-read", host: one.host, detail: `Redis: ${one.facts}` }] : [],
  );
  const primary = from === null || typeof from.facts === "string" ? null : from.facts;
  const standby = typeof to.facts === "string" ? null : to.facts;
  return [
    ...unread,
    ...comparison(compared, pair),
    ...(standby === null ? [] : ofStandby(standby, primary, pair)),
    ...(standby === null || primary === null ? [] : differences(primary, standby, pair)),
    ...[from, to].flatMap((one) =>
      one === null || typeof one.facts === "string" ? [] : leftoverPings(one.facts, one.host),
    ),
  ];
}

function comparison(compared: ComparedKeys | string | null, { to: host }: FindingsPair): Found[] {
  if (compared === null) return [];
  if (typeof compared === "string") return [{ key: "not-read", host, detail: `the comparison of keys: ${compared}` }];
  const { differing, undecided, names } = compared;
  return [
    ...(differing === 0
      ? []
      : [
          {
            key: "contents-differ" as const,
            host,
            detail: `${differing} of ${compared.compared} keys differ (database: key): ${namesOf(names)}`,
          },
        ]),
    ...(undecided === 0
      ? []
      : [
          {
            key: "not-read" as const,
            host,
            detail: `${undecided} of ${compared.compared} keys were never seen at the same offset on both hosts`,
          },
        ]),
  ];
}

function number(facts: RedisFacts, key: string): number {
  return Number(facts.info.get(key) ?? facts.settings.get(key) ?? 0);
}

/** Bytes that count against maxmemory: buffers of replication do not. */
function dataBytes(facts: RedisFacts): number {
  return Math.max(0, number(facts, "used_memory") - number(facts, "mem_not_counted_for_evict"));
}

function ofStandby(standby: RedisFacts, primary: RedisFacts | null, { from, to: host }: FindingsPair): Found[] {
  const { info, settings } = standby;
  const wanted = Number(settings.get("min-replicas-to-write") ?? 0);
  const others = [...info].flatMap(([key, value]) => {
    const [, database] = /^db(\d+)$/.exec(key) ?? [];
    return database === undefined || database === "0"
      ? []
      : [`${database} (${/keys=(\d+)/.exec(value)?.[1] ?? "?"} keys)`];
  });
  const diskErrors = ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"].filter(
    (key) => (info.get(key) ?? "ok") !== "ok",
  );
  // Before the promotion nobody follows it; afterwards the old primary does, as soon as the roles are exchanged.
  const refusesWrites = wanted > 1 || (wanted === 1 && primary === null);
  return [
    ...(refusesWrites
      ? [{ key: "too-few-replicas" as const, host, detail: `min-replicas-to-write is ${wanted}` }]
      : wanted === 1
        ? [{ key: "replica-wanted" as const, host, detail: `min-replicas-to-write is 1: until ${from} follows` }]
        : []),
    ...(others.length === 0 ? [] : [{ key: "other-databases" as const, host, detail: `databases ${namesOf(others)}` }]),
    ...memory(primary ?? standby, standby, host),
    ...(diskErrors.length === 0
      ? []
      : [
          {
            key: "disk-errors" as const,
            host,
            detail: diskErrors.map((key) => `${key} is ${info.get(key) ?? ""}`).join(", "),
          },
        ]),
    ...((settings.get("replica-read-only") ?? "yes") === "no"
      ? [{ key: "replica-takes-writes" as const, host, detail: "replica-read-only is no" }]
      : []),
  ];
}

/** The data of the one against the room of the other. A replica holds more than maxmemory, until it is promoted. */
function memory(data: RedisFacts, room: RedisFacts, host: string): Found[] {
  const most = Number(room.settings.get("maxmemory") ?? 0);
  const used = Math.max(dataBytes(data), dataBytes(room));
  if (most === 0 || used <= NEARLY_FULL * most) return [];
  const detail = `${mib(used)} MiB of data, maxmemory is ${mib(most)} MiB`;
  return used > most
    ? [{ key: "memory-too-small", host, detail, what: String(Math.ceil(used / NEARLY_FULL)) }]
    : [{ key: "memory-nearly-full", host, detail }];
}

function mib(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}

function sameRules(one: string | undefined, other: string): boolean {
  return one !== undefined && comparableRules(one) === comparableRules(other);
}

function isOurs(user: string): boolean {
  return (OWN_REDIS_USER_NAMES as readonly string[]).includes(user);
}

function differences(primary: RedisFacts, standby: RedisFacts, { from, to: host, toAddress }: FindingsPair): Found[] {
  const setting = (facts: RedisFacts, name: string): string => facts.settings.get(name) ?? "";
  const [databases, fewer] = [Number(setting(primary, "databases")), Number(setting(standby, "databases"))];
  const [policy, other] = [setting(primary, "maxmemory-policy"), setting(standby, "maxmemory-policy")];
  // Ours come with the version that a host runs: while a pair is upgraded one host may lack them.
  const users = [...primary.users].filter(
    ([name, rules]) => !isOurs(name) && !sameRules(standby.users.get(name), rules),
  );
  const added = [...standby.users.keys()].filter((name) => !isOurs(name) && !primary.users.has(name));
  const modules = primary.modules.filter((one) => !standby.modules.includes(one));
  const unequal = [...primary.settings.keys()].filter(
    (name) => !NOT_COMPARED.test(name) && setting(primary, name) !== setting(standby, name),
  );
  const foreign = [...primary.info].flatMap(([key, value]) => {
    const [, address] = /^slave\d+=?/.test(key) ? (/ip=([^,]*)/.exec(value) ?? []) : [];
    return address === undefined || address === toAddress ? [] : [address];
  });
  return [
    ...(fewer < databases
      ? [{ key: "databases-fewer" as const, host, detail: `${fewer} databases on ${host}, ${databases} on ${from}` }]
      : []),
    ...users.map(([name]): Found => ({
      key: "acl-users-differ",
      host,
      detail: `user ${name} ${standby.users.has(name) ? "has other rights or another password" : "is not there"}`,
      what: name,
    })),
    ...(added.length === 0 ? [] : [{ key: "acl-users-added" as const, host, detail: namesOf(added) }]),
    ...modules.map((one): Found => ({
      key: "modules-missing",
      host,
      detail: `module ${one} is not loaded`,
      what: one,
    })),
    ...(policy !== other && other !== "noeviction" && (policy === "noeviction" || !policy.startsWith("allkeys"))
      ? [{ key: "evicts-keys" as const, host, detail: `${other} on ${host}, ${policy} on ${from}`, what: policy }]
      : []),
    ...lessDurable(setting, primary, standby, host),
    ...(foreign.length === 0 ? [] : [{ key: "foreign-replicas" as const, host: from, detail: namesOf(foreign) }]),
    ...(unequal.length === 0
      ? []
      : [{ key: "redis-settings-differ" as const, host, detail: namesOf(unequal.toSorted()) }]),
    ...(serverVersion(primary.info) === serverVersion(standby.info)
      ? []
      : [
          {
            key: "redis-versions" as const,
            host,
            detail: `${serverVersion(primary.info) ?? "unknown"} on ${from}, ${serverVersion(standby.info) ?? "unknown"} on ${host}`,
          },
        ]),
  ];
}

/** How often what was written goes to the disk; the later, the safer. */
const FSYNC = ["no", "everysec", "always"];

function lessDurable(
  setting: (facts: RedisFacts, name: string) => string,
  primary: RedisFacts,
  standby: RedisFacts,
  host: string,
): Found[] {
  const less = ["appendonly", "appendfsync"].filter((name) => {
    const [ours, theirs] = [setting(standby, name), setting(primary, name)];
    if (name === "appendonly") return theirs === "yes" && ours !== "yes";
    return setting(primary, "appendonly") === "yes" && FSYNC.indexOf(ours) < FSYNC.indexOf(theirs);
  });
  return less.map((name) => ({
    key: "less-durable-redis",
    host,
    detail: `${name} is ${setting(standby, name)}, on the primary ${setting(primary, name)}`,
    what: `${name} ${setting(primary, name)}`,
  }));
}

function leftoverPings({ settings }: RedisFacts, host: string): Found[] {
  return settings.get("repl-ping-replica-period") === LONG_PINGS
    ? [{ key: "leftover-pings", host, detail: `repl-ping-replica-period is ${LONG_PINGS}` }]
    : [];
}
