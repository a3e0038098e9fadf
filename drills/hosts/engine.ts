import Docker from "dockerode";
import { spawn } from "node:child_process";
import { Agent } from "node:http";
import type { Duplex } from "node:stream";
import { inspect } from "node:util";
import type { NamedHost } from "../../settings/pair";
import { channelsTo, type Lease } from "./engine-channels";

/** A host's Docker engine, reached the way the Docker CLI does it: OpenSSH and `docker system dial-stdio`. */
export interface HostEngine {
  readonly docker: Docker;
  /** Ends every request that is under way, and its SSH session. */
  close(): void;
}

/**
 * The arguments that make OpenSSH reach `host` without ever asking a question.
 * @param options more of OpenSSH's own
 * @param command what is run there
 */
export function sshArguments(
  host: Pick<NamedHost, "docker"> & { readonly ssh_config?: string | undefined },
  options: readonly string[] = [],
  command: readonly string[] = [],
): string[] {
  const url = new URL(host.docker);
  return [
    ...(host.ssh_config === undefined ? [] : ["-F", host.ssh_config]),
    ...["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-T"],
    ...options,
    ...(url.port === "" ? [] : ["-p", url.port]),
    ...(url.username === "" ? [] : ["-l", decodeURIComponent(url.username)]),
    ...["--", url.hostname],
    ...command,
  ];
}

/** So many requests of one who asks are under way at a time; OpenSSH allows ten sessions by default. */
const MOST = 8;

/**
 * Opens nothing yet: a request takes a channel to the engine that this process has, or begins one, an SSH session of its
 * own or one that the SSH configuration multiplexes.
 */
export function connectEngine(host: Pick<NamedHost, "docker" | "ssh_config">): HostEngine {
  const channels = channelsTo(JSON.stringify([host.docker, host.ssh_config]), () =>
    spawn("ssh", sshArguments(host, [], ["docker", "system", "dial-stdio"]), { stdio: ["pipe", "pipe", "pipe"] }),
  );
  const waits = new Set<() => void>();
  const ends = new Set<() => void>();
  const leases = new WeakMap<Duplex, Lease>();
  const queue: (() => void)[] = [];
  let asked = 0;
  let closed = false;
  const next = (): void => {
    asked -= 1;
    queue.shift()?.();
  };
  /** The agent does not count connections that are being made. */
  const createConnection = (
    _options: unknown,
    connected: (error: Error | null, stream?: Duplex) => void,
  ): undefined => {
    const begin = (): void => {
      // A request that waited for a connection is given one when the others end, also when they end because of `close`.
      if (closed) return void setImmediate(connected, new Error("this engine is closed"));
      asked += 1;
      const callOff = (): void => {
        waits.delete(callOff);
        forget();
        next();
        connected(new Error("this engine is closed"));
      };
      waits.add(callOff);
      const forget = channels.ask((lease) => {
        waits.delete(callOff);
        ends.add(lease.end);
        leases.set(lease.stream, lease);
        let counts = true;
        const over = (): void => {
          if (counts) next();
          counts = false;
        };
        // A request that has become a conversation is no longer one of those that are under way.
        lease.stream.once("agentRemove", over).once("close", () => {
          ends.delete(lease.end);
          over();
        });
        connected(null, lease.stream);
      });
    };
    if (asked < MOST) begin();
    else queue.push(begin);
    return undefined;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: MOST });
  Object.assign(agent, {
    createConnection,
    // The agent destroys what is not kept; the channel goes to whoever is next.
    keepSocketAlive: (stream: Duplex) => {
      leases.get(stream)?.giveBack();
      return false;
    },
    // Dockerode prints every request in full, with this agent and all its connections, for a log that nobody asked for.
    [inspect.custom]: () => "Agent",
  });
  return {
    docker: new Docker({ host: "localhost", protocol: "http", agent } as Docker.DockerOptions),
    close: () => {
      closed = true;
      // Those who wait first: what ends would be theirs.
      for (const end of [...waits, ...ends]) end();
      agent.destroy();
      for (const one of queue.splice(0)) one();
    },
  };
}
