import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import type { NamedHost } from "../../settings/pair";

/** A container as a fake engine lists it: its name and its labels. */
export interface FakeContainer {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its published ports, as an engine lists them. */
  readonly ports?: readonly { readonly IP: string; readonly PublicPort: number }[];
}

const RELAY = `
const socket = require("node:net").connect(Number(process.argv[2]), "127.0.0.1");
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("error", () => process.exit(1));`;

/**
 * A host that is reached by an `ssh` of its own, first on this process's PATH: its Docker engine lists containers, and a
 * script on its stdin is answered with what the test says.
 */
export class FakeHost {
  containers: readonly FakeContainer[] = [];
  /** Version of its engine. */
  version = "28.2.2";
  #formerPath: string | undefined;
  #server: Server | undefined;

  /** @param folder where its `ssh` lies, and what it was asked */
  constructor(private readonly folder: string) {}

  /** Listens, and puts its `ssh` on PATH; `stop` takes both away. */
  async start(): Promise<void> {
    const server = createServer(({ url = "" }, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(this.#answer(url)));
    }).listen(0, "127.0.0.1");
    this.#server = server;
    await new Promise((resolve) => server.once("listening", resolve));
    const bin = path.join(this.folder, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(path.join(this.folder, "relay.cjs"), RELAY);
    writeFileSync(path.join(bin, "ssh"), this.#ssh((server.address() as AddressInfo).port), { mode: 0o755 });
    this.#formerPath = process.env["PATH"];
    process.env["PATH"] = `${bin}:${this.#formerPath ?? ""}`;
  }

  stop(): void {
    process.env["PATH"] = this.#formerPath;
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** What a script is answered with from now on; undefined: its `ssh` fails. */
  says(answer: string | undefined): void {
    rmSync(this.#file("asked"), { force: true });
    rmSync(this.#file("answer"), { force: true });
    if (answer !== undefined) writeFileSync(this.#file("answer"), answer);
  }

  /** The script that it was last asked to run; undefined when none was since `says`. */
  asked(): string | undefined {
    return existsSync(this.#file("asked")) ? readFileSync(this.#file("asked"), "utf8") : undefined;
  }

  /** From now on its engine answers nobody. */
  loseEngine(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #file(name: string): string {
    return path.join(this.folder, name);
  }

  #answer(url: string): unknown {
    if (url.includes("/version")) return { Version: this.version, ApiVersion: "1.48" };
    return this.containers.map(({ name, labels, ports = [] }) => ({
      Names: [`/${name}`],
      Labels: labels,
      Ports: ports,
    }));
  }

  #ssh(port: number): string {
    return [
      "#!/bin/sh",
      'case "$*" in',
      `*dial-stdio) exec '${process.execPath}' '${this.#file("relay.cjs")}' ${String(port)} ;;`,
      "esac",
      `cat >'${this.#file("asked")}'`,
      `exec cat '${this.#file("answer")}'`,
      "",
    ].join("\n");
  }
}

/** What a host of these addresses answers to the script that asks for them, with what each name is there. */
export function addressesSaid(own: readonly string[], names: Readonly<Record<string, readonly string[]>> = {}): string {
  return [
    ...["== ipv4", ...own, "== ipv6", "== bind ipv4", "0", "== bind ipv6", "0"],
    ...Object.entries(names).flatMap(([name, is]) => [`== name ${name}`, ...is.map((one) => `${one}  STREAM ${name}`)]),
    "== end",
    "",
  ].join("\n");
}

/** A host of an environment that the fake `ssh` leads to. */
export function fakeNamedHost(fields: Partial<NamedHost> = {}): NamedHost {
  return {
    name: "host-a",
    stack: "primary",
    docker: "ssh://deploy@fake.invalid",
    address: "198.51.100.1",
    replication_address: "203.0.113.1",
    ...fields,
  };
}
