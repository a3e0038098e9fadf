import { KEEPER_PROGRAM } from "../../settings/doors";
import { containerName, filePath } from "../../settings/names";
import type { LabHost } from "../host/layout";
import { LabError } from "../host/run";
import type { Fault } from "./fault";
import { markedProcesses } from "./host-processes";
import { dropReceived, dropSent, enforceRules, removeRules, rulesInForce } from "./packet-rules";
import { frozen, killed, type Victims } from "./process-faults";

/** A host's front is an HAProxy too, and its agent runs in Node: only the command line tells whose a process is. */
function victims(words: string, mark: string): Victims {
  return { words, found: (host) => markedProcesses(host, mark) };
}

const haproxy = victims("HAProxy of a door", filePath("door/haproxy.cfg"));
const pooler = victims("PgBouncer of a door", filePath("door/pgbouncer.ini"));
const keeper = victims("keeper of a door", KEEPER_PROGRAM);

/** Everything but its own loopback, where its health is asked and the names of other containers are. */
const RULES = [dropReceived("!", "-i", "lo"), dropSent("!", "-o", "lo")];

/** The host as seen from the container of a process: its network namespace is another one. Undefined where it does not run. */
function inside(host: LabHost, { found }: Victims): LabHost | undefined {
  const pid = found(host)[0]?.pid;
  return pid === undefined ? undefined : { ...host, namespaceFile: `/proc/${String(pid)}/ns/net` };
}

/** Rules in a container's own namespace, which end with it. */
function cut(name: string, sentence: string, whose: Victims): Fault {
  return {
    name,
    sentence,
    scope: "host",
    lasts: true,
    strike: async (host) => {
      const there = inside(host, whose);
      if (there === undefined)
        throw new LabError(`${host.name} runs no ${whose.words} to break; next: understudy lab status`);
      await enforceRules(there, name, RULES);
    },
    heal: async (host) => {
      const there = inside(host, whose);
      if (there !== undefined) await removeRules(there, name, RULES);
    },
    isOn: async (host) => {
      const there = inside(host, whose);
      return there !== undefined && (await rulesInForce(there, name, RULES));
    },
  };
}

/**
 * What can happen to each of the three containers of a host's door. The keeper listens on a socket alone: there is no
 * network to cut it from.
 */
export const DOOR_FAULTS: readonly Fault[] = [
  killed(
    "door-haproxy-killed",
    "the door's HAProxy is killed: every connection through it ends; its container starts again",
    haproxy,
    containerName("door"),
  ),
  frozen(
    "door-haproxy-frozen",
    "the door's HAProxy is stopped: it takes connections and never answers, nor its orders",
    haproxy,
  ),
  cut(
    "door-haproxy-cut",
    "nothing passes between the door's HAProxy and anybody else: clients, pooler, servers, agents; it takes orders",
    haproxy,
  ),
  killed(
    "door-pooler-killed",
    "the door's PgBouncer is killed, and whoever waits in it loses the connection; its container starts again",
    pooler,
    containerName("pooler"),
  ),
  frozen(
    "door-pooler-frozen",
    "the door's PgBouncer is stopped: it takes connections and never answers, nor its console",
    pooler,
  ),
  cut(
    "door-pooler-cut",
    "nothing passes between the door's PgBouncer and anybody else: clients and HAProxy; its console answers",
    pooler,
  ),
  killed(
    "door-keeper-killed",
    "the door's keeper is killed, and with it a drill's way to the door; its container starts again",
    keeper,
    containerName("keeper"),
  ),
  frozen(
    "door-keeper-frozen",
    "the door's keeper is stopped: it hears orders and never answers, and opens nothing by itself",
    keeper,
  ),
];
