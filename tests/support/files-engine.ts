import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import Docker from "dockerode";

interface Created {
  readonly image: string;
  /** Folders of this machine by the folder in the container that they are mounted on. */
  readonly mounts: Readonly<Record<string, string>>;
}

/**
 * As much of a Docker engine as is needed to put files into volumes: volumes are folders of this machine, an image is its
 * /etc/passwd, and an archive is unpacked by tar as an engine does it, which removes what stands in the way.
 */
export class FilesEngine {
  /** Every request, `METHOD path`, without its archive. */
  readonly requests: string[] = [];
  /** The bodies of all requests, as they came. */
  readonly bodies: Buffer[] = [];
  readonly containers = new Map<string, Created>();
  /** Containers that run, by name, with the signals that each was sent. */
  readonly running = new Map<string, string[]>();
  /** Is asked before each request is carried out; what it throws is the engine's answer, and `true` ends the connection. */
  before: (request: string) => boolean = () => false;

  private constructor(
    private readonly folder: string,
    private readonly server: Server,
    private readonly images: Readonly<Record<string, string>>,
  ) {}

  /** @param images by name, each its /etc/passwd; empty: it has none */
  static async start(folder: string, images: Readonly<Record<string, string>>): Promise<FilesEngine> {
    const server = createServer();
    const engine = new FilesEngine(folder, server, images);
    server.on("request", (request, response) => void engine.answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return engine;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get docker(): Docker {
    return new Docker({ host: "127.0.0.1", port: this.port, protocol: "http" });
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** Where a volume lies on this machine; it is made. */
  volume(name: string): string {
    const place = path.join(this.folder, "volumes", name);
    mkdirSync(place, { recursive: true });
    return place;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", "http://engine");
    const body = await buffer(request);
    const line = `${request.method ?? ""} ${url.pathname}`;
    this.requests.push(line);
    this.bodies.push(body);
    try {
      if (this.before(line)) return void request.socket.destroy();
      const [status, said] = this.carryOut(line, url.searchParams, body);
      response.writeHead(status, { "content-type": Buffer.isBuffer(said) ? "application/x-tar" : "application/json" });
      response.end(Buffer.isBuffer(said) || status === 204 ? said : JSON.stringify(said));
    } catch (error) {
      response.writeHead(500, { "content-type": "application/json" }).end(JSON.stringify({ message: String(error) }));
    }
  }

  private carryOut(line: string, words: URLSearchParams, body: Buffer): readonly [number, unknown] {
    const missing = [404, { message: "no such thing" }] as const;
    if (line === "POST /containers/create") {
      const name = words.get("name") ?? "";
      if (this.containers.has(name)) return [409, { message: `the name ${name} is in use` }];
      const { Image: image = "", HostConfig: host } = JSON.parse(body.toString()) as {
        Image?: string;
        HostConfig?: { Binds?: readonly string[] };
      };
      if (this.images[image] === undefined) return [404, { message: `no such image: ${image}` }];
      const mounts = (host?.Binds ?? [])
        .map((bind) => bind.split(":"))
        .map(([from = "", to = ""]) => [to, this.volume(from)]);
      this.containers.set(name, { image, mounts: Object.fromEntries(mounts) as Record<string, string> });
      return [201, { Id: name, Warnings: [] }];
    }
    const [, kind = "", name = "", what = ""] = /^\w+ \/(\w+)\/([^/]+)(?:\/(\w+))?$/.exec(line) ?? [];
    if (kind === "volumes")
      return existsSync(path.join(this.folder, "volumes", name)) ? [200, { Name: name }] : missing;
    if (line.startsWith("DELETE ")) return this.containers.delete(name) ? [204, ""] : missing;
    if (what === "json") {
      const mounts = [{ Name: `${name}-files` }];
      return this.running.has(name) ? [200, { Id: name, State: { Running: true }, Mounts: mounts }] : missing;
    }
    if (line.startsWith("HEAD ") && this.running.has(name)) {
      const file = path.join(this.volume(`${name}-files`), path.relative("/understudy/files", words.get("path") ?? ""));
      return lstatSync(file, { throwIfNoEntry: false }) === undefined ? missing : [200, {}];
    }
    if (what === "kill") {
      this.running.get(name)?.push(words.get("signal") ?? "");
      return this.running.has(name) ? [204, ""] : missing;
    }
    const container = this.containers.get(name);
    if (what !== "archive" || container === undefined) return missing;
    const place = this.place(container, words.get("path") ?? "");
    if (line.startsWith("PUT ")) return this.unpack(place, body);
    if (!existsSync(path.dirname(place)) || lstatSync(place, { throwIfNoEntry: false }) === undefined) return missing;
    const packed = ["-c", "--numeric-owner", "-f", "-", "-C", path.dirname(place), path.basename(place)];
    return [200, execFileSync("tar", packed)];
  }

  private unpack(place: string, archive: Buffer): readonly [number, unknown] {
    // An engine is root: no folder is closed to it.
    execFileSync("chmod", ["-R", "u+rwX", place]);
    execFileSync("tar", ["-x", "--recursive-unlink", "-p", "--numeric-owner", "-f", "-", "-C", place], {
      input: archive,
    });
    return [200, ""];
  }

  private place({ image, mounts }: Created, file: string): string {
    for (const [mount, folder] of Object.entries(mounts)) {
      if (file === mount || file.startsWith(`${mount}/`)) return path.join(folder, file.slice(mount.length));
    }
    const root = path.join(this.folder, "images", image.replaceAll(/\W/g, "-"));
    rmSync(root, { recursive: true, force: true });
    mkdirSync(path.join(root, "etc"), { recursive: true });
    const passwd = this.images[image] ?? "";
    if (passwd !== "") writeFileSync(path.join(root, "etc/passwd"), passwd);
    return path.join(root, file);
  }

  /** Everything that lies in a volume's files, by path. */
  filesIn(volume: string): Readonly<Record<string, string>> {
    const root = this.volume(volume);
    const names = execFileSync("find", [root, "-type", "f"], { encoding: "utf8" }).split("\n").filter(Boolean);
    return Object.fromEntries(names.sort().map((one) => [path.relative(root, one), readFileSync(one, "utf8")]));
  }
}
