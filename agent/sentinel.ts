import type { Place, SentinelConfig } from "../settings/agent-config";
import { fresh } from "./fresh";
import { judgePrimary, judgeReplica } from "./judge";
import type { Sight } from "./sight";

/** What is told of the pair's Redis now. */
export interface SentinelView {
  /** Null while no host, or more than one, is surely primary. */
  readonly primary: Place | null;
  /** Standbys that surely follow. */
  readonly replicas: readonly Place[];
}

/** An answer in Redis' protocol. */
export type Reply =
  { readonly simple: string } | { readonly error: string } | number | string | null | readonly Reply[];

/** Who is primary by what both agents are sure of. Pure. */
export function sentinelView(sight: Sight, { self, peer }: SentinelConfig, nowMs: number): SentinelView {
  const other = fresh(sight.peer, nowMs)?.stores.redis;
  const own = judgePrimary(sight, "redis", nowMs).status === 200;
  const theirs = peer !== null && other?.role === "primary" && other.sure === true;
  if (own === theirs) return { primary: null, replicas: [] };
  const replicas = own
    ? peer !== null && other?.role === "standby" && other.sure === true
      ? [peer.redis]
      : []
    : judgeReplica(sight, "redis", null, nowMs).status === 200
      ? [self.redis]
      : [];
  return { primary: own ? self.redis : (peer?.redis ?? null), replicas };
}

const flat = (fields: Readonly<Record<string, string>>): Reply => Object.entries(fields).flat();
const place = ({ host, port }: Place): Readonly<Record<string, string>> => ({ ip: host, port: String(port) });
const named = (one: Place): string => `${one.host}:${String(one.port)}`;

/**
 * What Sentinel would answer to a question. It reads alone: whatever would change something is refused, as is all else that
 * Sentinel's clients do not need. Pure.
 */
export function sentinelAnswer(words: readonly string[], config: SentinelConfig, view: SentinelView): Reply {
  const [command = "", sub = "", name] = words;
  switch (command.toUpperCase()) {
    case "PING":
      return { simple: "PONG" };
    case "CLIENT":
      return ["SETNAME", "SETINFO"].includes(sub.toUpperCase()) ? { simple: "OK" } : unknown(`${command} ${sub}`);
    case "ROLE":
      return ["sentinel", view.primary === null ? [] : [config.name]];
    case "INFO":
      return `# Server\r\nredis_mode:sentinel\r\n# Sentinel\r\nsentinel_masters:${view.primary === null ? "0" : "1"}\r\n`;
    case "SENTINEL":
      return asked(sub.toLowerCase(), name, config, view);
    default:
      return unknown(command);
  }
}

function unknown(command: string): Reply {
  return {
    error: `ERR unknown command '${command.replaceAll(/[^\w -]/g, "?").slice(0, 40)}': this answers questions alone`,
  };
}

function asked(sub: string, name: string | undefined, config: SentinelConfig, view: SentinelView): Reply {
  const { primary, replicas } = view;
  const known = name === config.name;
  const none: Reply = { error: "ERR No such master with that name" };
  switch (sub) {
    case "get-master-addr-by-name":
      return known && primary !== null ? [primary.host, String(primary.port)] : null;
    case "masters":
      return primary === null ? [] : [master(primary, config, view)];
    case "master":
      return known && primary !== null ? master(primary, config, view) : none;
    case "replicas":
    case "slaves":
      return known ? replicas.map((one) => replica(one, primary)) : none;
    case "sentinels":
      return !known ? none : config.peer === null ? [] : [sentinel(config.peer.sentinel)];
    default:
      return unknown(`SENTINEL ${sub}`);
  }
}

function master(primary: Place, { name, peer }: SentinelConfig, { replicas }: SentinelView): Reply {
  return flat({
    ...{ name, ...place(primary), runid: named(primary), flags: "master" },
    ...{ "num-slaves": String(replicas.length), "num-other-sentinels": peer === null ? "0" : "1", quorum: "1" },
  });
}

function replica(one: Place, primary: Place | null): Reply {
  return flat({
    ...{ name: named(one), ...place(one), runid: named(one), flags: "slave", "master-link-status": "ok" },
    ...(primary === null ? {} : { "master-host": primary.host, "master-port": String(primary.port) }),
  });
}

function sentinel(one: Place): Reply {
  return flat({ name: named(one), ...place(one), runid: named(one), flags: "sentinel" });
}
