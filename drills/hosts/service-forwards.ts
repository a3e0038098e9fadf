import { type ChildProcessWithoutNullStreams, execFile, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { NamedHost } from "../../settings/pair";
import { sshArguments } from "./engine";

/** As much of a host as SSH needs. */
export interface SshHost extends Pick<NamedHost, "docker"> {
  readonly ssh_config?: string | undefined;
}

const PREFIX = "understudy-ssh-";
const ORDER_MS = 5000;

/**
 * One SSH connection of our own, whatever the configuration shares: it ends with this process, since its remote command
 * reads what we no longer write, and within 10 s of a line that carries nothing.
 */
const OWN_CONNECTION = [
  ...["-o", "ControlMaster=yes", "-o", "ControlPersist=no", "-o", "ExitOnForwardFailure=no"],
  ...["-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=2", "-o", "ClearAllForwardings=no"],
];

/** A connection to one host, with a socket in a folder that only this account enters for each port that was asked for. */
class ForwardingConnection {
  readonly #folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #open: Promise<void>;
  readonly #sockets = new Map<number, Promise<string>>();
  ended = false;

  constructor(private readonly host: SshHost) {
    this.#folder = makeFolder();
    this.#child = spawn("ssh", sshArguments(host, [...OWN_CONNECTION, "-S", this.#control], ["cat"]), {
      stdio: "pipe",
    });
    this.#open = this.#greeted();
    const letGo = (): void => this.#letGo();
    this.#open.then(letGo, letGo);
  }

  /** Once it stands, it keeps this process from its end no longer. */
  #letGo(): void {
    const { stdin, stdout, stderr } = this.#child;
    this.#child.unref();
    for (const stream of [stdin, stdout, stderr]) if (stream instanceof Socket) stream.unref();
  }

  get #control(): string {
    return path.join(this.#folder, "control");
  }

  /** What we say comes back once the connection stands. @throws Error with what OpenSSH says */
  #greeted(): Promise<void> {
    const { stdin, stdout, stderr } = this.#child;
    const complaint: Buffer[] = [];
    stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
    stdin.on("error", () => undefined);
    stdin.write("\n");
    return new Promise((resolve, reject) => {
      stdout.once("data", () => resolve());
      const end = (reason: string): void => {
        this.ended = true;
        rmSync(this.#folder, { recursive: true, force: true });
        reject(new Error(reason));
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("exit", (code) =>
        end(`ssh ended with ${String(code)}: ${Buffer.concat(complaint).toString().trim()}`),
      );
    });
  }

  /** A local socket that leads to `port` on the host's own loopback. @throws Error when SSH does not reach the host */
  socketTo(port: number): Promise<string> {
    const known = this.#sockets.get(port);
    if (known !== undefined) return known;
    const made = this.#forward(port);
    this.#sockets.set(port, made);
    made.catch(() => this.#sockets.delete(port));
    return made;
  }

  async #forward(port: number): Promise<string> {
    await this.#open;
    const socket = path.join(this.#folder, String(port));
    const order = ["-S", this.#control, "-O", "forward", "-L", `${socket}:127.0.0.1:${String(port)}`];
    await promisify(execFile)("ssh", sshArguments(this.host, order), { timeout: ORDER_MS });
    return socket;
  }

  /** @see OWN_CONNECTION: the other side ends when it reads the end. */
  close(): void {
    this.#child.stdin.end();
    this.#child.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const connections = new Map<string, ForwardingConnection>();

/**
 * A local socket that leads to a port on the loopback of a host, through SSH. The first call connects, which takes what an
 * SSH login takes; later ones share that connection, and one that has broken is made anew. All ends with this process.
 * Behind the socket nobody may listen: then each connection to it is closed without a word.
 * @throws Error when SSH does not reach the host
 */
export async function forwardedSocket(host: SshHost, port: number): Promise<string> {
  const key = `${host.ssh_config ?? ""} ${host.docker}`;
  let connection = connections.get(key);
  if (connection === undefined || connection.ended) {
    if (connections.size === 0) process.once("exit", closeForwards);
    connection = new ForwardingConnection(host);
    connections.set(key, connection);
  }
  return connection.socketTo(port);
}

/** Ends every connection of this process. */
export function closeForwards(): void {
  for (const connection of connections.values()) connection.close();
  connections.clear();
}

/** A folder that names its process; those of processes that were killed are taken away. */
function makeFolder(): string {
  const parent = tmpdir();
  for (const name of readdirSync(parent).filter((one) => one.startsWith(PREFIX))) {
    const owner = Number(name.slice(PREFIX.length).split("-")[0]);
    if (!runs(owner)) rmSync(path.join(parent, name), { recursive: true, force: true });
  }
  return mkdtempSync(path.join(parent, `${PREFIX}${String(process.pid)}-`));
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
