/** Why a setting of Redis is not the operator's, by what its name matches; the first that matches counts. */
const MANAGED: readonly (readonly [RegExp, string])[] = [
  [/^include$/, "the file is read by one server alone: write its settings here"],
  [
    /^(bind|bind-source-addr|port|protected-mode|unixsocket|unixsocketperm|cluster-.*|tcp-keepalive|timeout)$/,
    "where the server listens, and when a silent client is given up, is the product's: `ports` and `hosts.NAME.listen`",
  ],
  [/^tls-.*$/, "`encryption` and `understudy certificates` are for it"],
  [
    /^(requirepass|aclfile|user|acl-pubsub-default|masteruser|masterauth|primaryuser|primaryauth)$/,
    "passwords come from the stacks' config, and users from `applications`",
  ],
  [
    /^(rename-command|enable-.*)$/,
    "our own sessions need each command under its name, and the server is not opened to more",
  ],
  [
    /^(dir|dbfilename|appendonly|appendfilename|appenddirname|appendfsync|save|aof-use-rdb-preamble|aof-load-truncated|no-appendfsync-on-rewrite|rdbchecksum|sanitize-dump-payload)$/,
    "the append-only file is the one truth on disk: backups, salvage and a return rest on it",
  ],
  [
    /^(replicaof|slaveof|(replica|slave)-.*|min-(replicas|slaves)-.*|repl-(diskless-.*|ping-.*|timeout|disable-.*))$/,
    "how a standby follows belongs to the change of roles",
  ],
  [/^repl-backlog-size$/, "`replication.redis_backlog_mib` is for it"],
  [/^(daemonize|supervised|pidfile|logfile|syslog-.*|always-show-logo|crash-.*)$/, "the boot guard starts the server"],
  [/^(loadmodule|module)$/, "a module on one host alone would keep the other from following: build it into the image"],
];

const EVICTS = /^allkeys-/i;

/** The settings that have several words in a configuration file; CONFIG has them as one. */
export const REDIS_SEVERAL_WORDS: readonly string[] = [
  "client-output-buffer-limit",
  "oom-score-adj-values",
  "latency-tracking-info-percentiles",
];

/** Why an operator may not set this to that; undefined when they may. Pure: whether the server knows it, it says itself. */
export function whyNotRedis(name: string, value: string): string | undefined {
  if (!/^[a-z][a-z0-9-]{1,63}$/.test(name)) return "a name of Redis' in lower case, such as maxmemory-policy";
  const managed = MANAGED.find(([names]) => names.test(name));
  if (managed !== undefined) return `another setting: ${managed[1]}`;
  if (/[\r\n\0]/.test(value)) return "a value without a line break";
  if (name === "maxmemory-policy" && EVICTS.test(value))
    return "noeviction, or one that begins with volatile-: the others forget the pair's own journal, and keys that nobody meant to end";
  return undefined;
}
