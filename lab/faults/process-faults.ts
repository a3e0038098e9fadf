import { hostPids } from "../host/cgroup";
import { enginePart } from "../host/engine";
import { listContainers, type ContainerStatus } from "../host/engine-api";
import { LabError, run } from "../host/run";
import type { LabHost } from "../host/layout";
import { waitUntil } from "../host/wait";
import type { Fault } from "./fault";
import { hostProcesses, signalProcesses, type Found } from "./host-processes";

/** Programs of a Docker engine; containers and their shims live on without them. */
const ENGINE = ["dockerd", "containerd"] as const;

/** The processes of a fault, and what they are called where there are none. */
export interface Victims {
  readonly words: string;
  readonly found: Found;
}

function programs(...names: readonly string[]): Victims {
  return { words: names.join(" or "), found: (host) => hostProcesses(host, names) };
}

function mustRun(host: LabHost, { words, found }: Victims): void {
  if (found(host).length > 0) return;
  throw new LabError(`${host.name} runs no ${words} to break; next: understudy lab status`);
}

/** New children of a process that is about to stop are stopped in the next round. */
async function stopAll(host: LabHost, { words, found }: Victims): Promise<void> {
  const stopped = (): boolean => {
    signalProcesses(found(host), "SIGSTOP");
    return found(host).every((one) => one.state === "T");
  };
  if (await waitUntil(stopped, 2_000, 20)) return;
  throw new LabError(`${words} of ${host.name} cannot be stopped; next: understudy lab heal`);
}

/** The victims hang until they are healed. */
export function frozen(name: string, sentence: string, victims: Victims): Fault {
  return {
    name,
    sentence,
    scope: "host",
    lasts: true,
    strike: async (host) => {
      mustRun(host, victims);
      await stopAll(host, victims);
    },
    heal: (host) => {
      signalProcesses(victims.found(host), "SIGCONT");
      return Promise.resolve();
    },
    isOn: (host) => Promise.resolve(victims.found(host).some((one) => one.state === "T")),
  };
}

/** The container as its engine lists it; undefined when there is none, or the engine does not answer. */
async function containerOf(host: LabHost, container: string): Promise<ContainerStatus | undefined> {
  if (hostProcesses(host, ENGINE).every((one) => one.state === "T")) return undefined;
  try {
    return (await listContainers(host.socket)).find((one) => one.name === container);
  } catch {
    return undefined;
  }
}

async function containerIsDown(host: LabHost, container: string): Promise<boolean> {
  const found = await containerOf(host, container);
  return found !== undefined && !["running", "paused"].includes(found.state);
}

/** The victims die at once; their container may start again. */
export function killed(name: string, sentence: string, victims: Victims, container: string): Fault {
  return {
    name,
    sentence,
    scope: "host",
    lasts: false,
    strike: async (host) => {
      const between = victims.found(host).length === 0 && (await containerOf(host, container)) !== undefined;
      if (!between) mustRun(host, victims);
      signalProcesses(victims.found(host), "SIGKILL");
    },
    heal: async (host) => {
      if (!(await containerIsDown(host, container))) return;
      await run("docker", ["-H", `unix://${host.socket}`, "start", container], { timeoutMs: 30_000 });
    },
    isOn: (host) => containerIsDown(host, container),
  };
}

/** The engine dies and stays dead: nothing on a lab host starts it again but `heal`. */
export const engineKilled: Fault = {
  name: "engine-killed",
  sentence: "the Docker engine is killed and stays dead; containers run on without it",
  scope: "host",
  lasts: true,
  strike: async (host) => {
    mustRun(host, programs(...ENGINE));
    signalProcesses(hostProcesses(host, ENGINE), "SIGKILL");
    // A killed process is there until the kernel has taken it apart, which on a busy machine it does when it has time.
    await waitUntil(() => hostProcesses(host, ["dockerd"]).length === 0, 10_000, 5);
  },
  heal: async (host) => {
    if ((await enginePart(host).inspect()) !== undefined) await enginePart(host).repair();
  },
  isOn: (host) => Promise.resolve(hostPids(host).length > 0 && hostProcesses(host, ["dockerd"]).length === 0),
};

/** The Docker engine hangs: it takes connections and never answers. */
export const engineFrozen = frozen(
  "engine-frozen",
  "the Docker engine is stopped in the middle of what it does: it takes connections and never answers; containers run on",
  programs(...ENGINE),
);

/** PostgreSQL hangs, all of its processes. */
export const databaseFrozen = frozen(
  "database-frozen",
  "every PostgreSQL process is stopped: its port takes connections and never answers",
  programs("postgres"),
);

/** The Redis server hangs. */
export const redisFrozen = frozen(
  "redis-frozen",
  "the Redis server is stopped: its port takes connections and never answers",
  programs("redis-server"),
);

/** PostgreSQL dies at once, all of its processes; its container may start again. */
export const databaseKilled = killed(
  "database-killed",
  "every PostgreSQL process is killed at once; the container's restart policy and boot guard decide what follows",
  programs("postgres"),
  "understudy-timescaledb",
);

/** The Redis server dies at once; its container may start again. */
export const redisKilled = killed(
  "redis-killed",
  "the Redis server is killed; the container's restart policy and boot guard decide what follows",
  programs("redis-server"),
  "understudy-redis",
);
