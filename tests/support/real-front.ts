import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { frontConfig, routesMap } from "../../components/front";
import { pollUntil } from "../../drills/hosts/bounded";
import { frontLeaves, type FrontRoute } from "../../settings/front";
import type { Authority, StackCertificates, StoredLeaf } from "../../settings/certificates/stored";
import { freePort } from "./free-port";
import { hasEnded } from "./has-ended";

/** What a service behind the front was asked, as it saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Writes a generation of the front's files and turns the link to it, as on a host. */
function writeFiles(folder: string, name: string, files: Readonly<Record<string, string>>): void {
  const generation = path.join(folder, name);
  rmSync(generation, { recursive: true, force: true });
  mkdirSync(path.join(generation, "front"), { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(path.join(generation, file), content);
  symlinkSync(name, path.join(folder, "next"));
  renameSync(path.join(folder, "next"), path.join(folder, "current"));
}

/** A front on this machine, with one server behind all of its routes. */
export class RealFront {
  readonly seen: SeenRequest[] = [];
  /** How the server behind it answers. */
  answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => response.end("said\n");
  #said = "";
  #generation = 0;

  private constructor(
    private readonly folder: string,
    private readonly routes: readonly FrontRoute[],
    private readonly behind: Server,
    readonly port: number,
    readonly healthPort: number,
    private process: ChildProcess | undefined,
  ) {}

  static async start(
    folder: string,
    routes: readonly FrontRoute[],
    certificates: StackCertificates,
  ): Promise<RealFront> {
    const behind = createServer();
    await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
    const front = new RealFront(folder, routes, behind, await freePort(), await freePort(), undefined);
    behind.on("request", (request: IncomingMessage, response: ServerResponse) => front.#take(request, response));
    front.write(certificates);
    const child = spawn("haproxy", ["-W", "-db", "-f", front.#file("front/haproxy.cfg")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (front.#said += text));
    front.process = child;
    const { reached } = await pollUntil(
      () => front.health().catch(() => 0),
      (status) => status === 200,
      { deadlineMs: 10_000, pauseMs: 50 },
    );
    if (!reached) throw new Error(`haproxy does not answer: ${front.said}`);
    return front;
  }

  /** What the front has printed. */
  get said(): string {
    return this.#said;
  }

  get pid(): number {
    return this.process?.pid ?? 0;
  }

  #file(name: string): string {
    return path.join(this.folder, "current", name);
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => (body += text));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      this.seen.push({ method, url, headers, body });
      this.answer(request, response);
    });
  }

  /** Its configuration and certificates, as another generation of its files. */
  write(certificates: StackCertificates): void {
    const { server, trust } = frontLeaves(certificates);
    const config = frontConfig(this.routes, {
      file: (name) => this.#file(name),
      port: this.port,
      healthPort: this.healthPort,
      serverOf: () => `127.0.0.1:${String((this.behind.address() as AddressInfo).port)}`,
    });
    this.#generation += 1;
    writeFiles(this.folder, this.#generation % 2 === 0 ? "a" : "b", {
      "front/haproxy.cfg": config,
      "front/routes.map": routesMap(this.routes),
      "front/ca.pem": trust,
      "front/server.pem": server.certificate + server.key,
    });
  }

  /** As its resource tells it to on a host. */
  reload(): void {
    this.process?.kill("SIGHUP");
  }

  async health(): Promise<number> {
    return (await fetch(`http://127.0.0.1:${String(this.healthPort)}/health`)).status;
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process !== undefined && !hasEnded(process)) {
      const ended = new Promise((resolve) => process.once("close", resolve));
      process.kill("SIGTERM");
      await ended;
    }
    this.behind.closeAllConnections();
    await new Promise((resolve) => this.behind.close(resolve));
  }
}

/** Who connects to a front, and whom it believes there. */
export interface Connecting {
  readonly port: number;
  readonly trust: Pick<Authority, "chain">;
  readonly client?: StoredLeaf | undefined;
  /** @default "host-a" */
  readonly servername?: string;
  readonly maxVersion?: "TLSv1.1" | "TLSv1.2";
}

/** A TLS connection to a front; its errors are the caller's. */
export function connectTo({ port, trust, client, servername = "host-a", maxVersion }: Connecting): TLSSocket {
  return connect({
    ...{ port, host: "127.0.0.1", servername, ca: [...trust.chain] },
    ...(client && { cert: client.certificate, key: client.key }),
    ...(maxVersion && { maxVersion, minVersion: "TLSv1" as const, ciphers: "DEFAULT@SECLEVEL=0" }),
  });
}

/** Sends bytes as they are. @returns all that came back until the end; where there was an error, its code */
export function ask(to: Connecting, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connectTo(to);
    let said = "";
    let failed = "";
    socket.setEncoding("latin1").on("data", (text: string) => (said += text));
    socket.on("error", (error: NodeJS.ErrnoException) => (failed = error.code ?? error.message));
    socket.on("close", () => resolve(said === "" ? failed : said));
    socket.on("secureConnect", () => socket.write(bytes, "latin1"));
    socket.setTimeout(15_000, () => socket.destroy(new Error("silent")));
  });
}

/** The status of an answer; 0 where there was none. */
export function statusOf(said: string): number {
  return Number(/^HTTP\/1\.[01] (\d{3}) /.exec(said)?.[1] ?? 0);
}
