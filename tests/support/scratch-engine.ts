import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { hasEnded } from "./has-ended";
import type { ShellRun } from "./run-shell";

const START_MS = 60_000;
const STOP_MS = 30_000;

/**
 * A Docker engine of a test's own, all of it in one folder. It makes no bridge and no rule of a firewall, so nothing of the
 * machine's network changes and a lab beside it is left alone: a container has the machine's network, or none.
 */
export class ScratchEngine {
  #engine: ChildProcess | undefined;

  constructor(readonly folder: string) {}

  /** Starts it and waits until it answers. @throws Error with the end of its log when it does not */
  async start(): Promise<void> {
    mkdirSync(this.folder, { recursive: true });
    const config = path.join(this.folder, "daemon.json");
    writeFileSync(config, JSON.stringify({ "exec-opts": ["native.cgroupdriver=cgroupfs"] }));
    const log = openSync(this.#log(), "a");
    const words = [
      ...["--config-file", config, "--host", this.#host()],
      ...["--data-root", path.join(this.folder, "data"), "--exec-root", path.join(this.folder, "exec")],
      ...["--pidfile", path.join(this.folder, "engine.pid"), "--storage-driver", "overlay2"],
      ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false"],
    ];
    this.#engine = spawn("dockerd", words, { stdio: ["ignore", log, log] });
    this.#engine.on("error", () => undefined);
    closeSync(log);
    const until = Date.now() + START_MS;
    while (Date.now() < until && !hasEnded(this.#engine)) {
      if (this.docker(["version"], 5_000).code === 0) return;
      await sleep(250);
    }
    throw new Error(`the engine does not answer: ${readFileSync(this.#log(), "utf8").slice(-2_000)}`);
  }

  /** Ends it and the containerd that it started, which it does by itself on SIGTERM. */
  async stop(): Promise<void> {
    const engine = this.#engine;
    if (engine === undefined || hasEnded(engine)) return;
    const ended = new Promise((resolve) => engine.once("exit", resolve));
    engine.kill("SIGTERM");
    const inTime = await Promise.race([ended.then(() => true), sleep(STOP_MS, false, { ref: false })]);
    if (!inTime) engine.kill("SIGKILL");
    await ended;
    this.#unmount();
  }

  /** It leaves the network namespace of its containers mounted. */
  #unmount(): void {
    const mounted = readFileSync("/proc/self/mounts", "utf8")
      .split("\n")
      .map((line) => line.split(" ")[1] ?? "")
      .filter((place) => place.startsWith(`${this.folder}/`));
    for (const place of mounted.reverse()) spawnSync("umount", [place]);
  }

  /** Runs `docker` on it, as a person does. @param folder where it runs: the checkout when undefined */
  docker(words: readonly string[], timeoutMs = 120_000, folder?: string): ShellRun {
    const { status, stdout, stderr } = spawnSync("docker", words, {
      cwd: folder,
      encoding: "utf8",
      // The classic builder takes a base image that lies in the engine, and asks no registry for it.
      env: { PATH: process.env["PATH"], HOME: this.folder, DOCKER_HOST: this.#host(), DOCKER_BUILDKIT: "0" },
      maxBuffer: 64 * 1024 * 1024,
      timeout: timeoutMs,
    });
    return { code: status, out: stdout, err: stderr };
  }

  /** The same, and its output. @throws Error with what it said when it did not exit 0 */
  must(words: readonly string[], timeoutMs?: number, folder?: string): string {
    const { code, out, err } = this.docker(words, timeoutMs, folder);
    if (code === 0) return out.trim();
    throw new Error(`docker ${words.join(" ")} ended with ${String(code)}: ${`${out}\n${err}`.trim().slice(-4_000)}`);
  }

  #host(): string {
    return `unix://${path.join(this.folder, "engine.sock")}`;
  }

  #log(): string {
    return path.join(this.folder, "engine.log");
  }
}
