import Docker from "dockerode";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Agent } from "node:http";
import { Duplex } from "node:stream";
import { inspect } from "node:util";
import type { NamedHost } from "../../settings/pair";

/**
 * One stream of a child's stdin and stdout, for who takes it for a connection. A child that no longer listens may still
 * have an answer on its way, so only the end of what it says ends the stream; what it did not want to hear is no error.
 */
export function childStream({ stdin, stdout }: ChildProcessWithoutNullStreams): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => stdout.resume(),
    write: (chunk: Buffer, encoding, done) => {
      if (stdin.writable) stdin.write(chunk, encoding, () => done());
      else done();
    },
    final: (done) => {
      stdin.end();
      done();
    },
  });
  stdin.on("error", () => undefined);
  stdout.on("data", (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  stdout.on("end", () => stream.push(null));
  stdout.on("error", (error) => stream.destroy(error));
  return stream;
}

/** A stream that ends with an error as soon as who asked for it listens. */
function noStream(): Duplex {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  setImmediate(() => stream.destroy(new Error("this engine is closed")));
  return asConnection(stream);
}

/** What a request sets of its connection means nothing to a child's pipes. */
function asConnection(stream: Duplex): Duplex {
  return Object.assign(stream, {
    setKeepAlive: () => stream,
    setNoDelay: () => stream,
    ref: () => stream,
    unref: () => stream,
    setTimeout: () => stream,
  });
}

/** A host's Docker engine, reached the way the Docker CLI does it: OpenSSH and `docker system dial-stdio`. */
export interface HostEngine {
  readonly docker: Docker;
  /** Ends every SSH session this engine opened. */
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

/** Opens nothing yet: each request opens its own SSH session, or shares one where the SSH configuration multiplexes. */
export function connectEngine(host: Pick<NamedHost, "docker" | "ssh_config">): HostEngine {
  const open = new Set<() => void>();
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let closed = false;
  const dial = (): Duplex => {
    // A request that waited for a connection is given one when the others end, also when they end because of `close`.
    if (closed) return noStream();
    const child = spawn("ssh", sshArguments(host, [], ["docker", "system", "dial-stdio"]), {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const complaint: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
    const stream = childStream(child);
    const end = (): void => {
      open.delete(end);
      child.kill();
      // Where OpenSSH multiplexes, its master keeps the other ends for as long as a frozen engine says nothing.
      for (const one of [child.stdin, child.stdout, child.stderr]) one.destroy();
    };
    open.add(end);
    child.on("exit", (code) => {
      open.delete(end);
      if (code) stream.destroy(new Error(`ssh ended with ${code}: ${Buffer.concat(complaint).toString().trim()}`));
    });
    child.on("error", (error) => stream.destroy(error));
    stream.on("close", end);
    return asConnection(stream);
  };
  // Dockerode prints every request in full, with this agent and all its connections, for a log that nobody asked for.
  Object.assign(agent, { createConnection: dial, [inspect.custom]: () => "Agent" });
  return {
    docker: new Docker({ host: "localhost", protocol: "http", agent } as Docker.DockerOptions),
    close: () => {
      closed = true;
      agent.destroy();
      for (const end of [...open]) end();
    },
  };
}
