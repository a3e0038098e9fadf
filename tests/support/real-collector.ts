import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { collectorConfig, type CollectorWords } from "../../components/collector-config";
import { fetchedProgram } from "../../lab/images/exporters";
import { freePort } from "./free-port";
import { hasEnded } from "./has-ended";

/** A Collector on loopback, with folders of its own, which it keeps when it is stopped and started again. */
export interface RealCollector {
  /** Its folder: `roles` in it is what the agent writes. */
  readonly folder: string;
  /** Starts it, and waits until it answers. */
  start(): Promise<void>;
  /** Sends it a signal and waits until it has ended. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** What it says to Prometheus. */
  metrics(): Promise<string>;
  /** What it has said on stderr. */
  said(): string;
  /** Its configuration anew, taken by the signal that `up` sends. */
  tell(words: Partial<CollectorWords>): void;
}

/** The Collector of `toolchain/setup.sh --only collector`. @throws Error where it has not been built */
export async function makeCollector(
  parent: string,
  words: Omit<CollectorWords, "metrics" | "folder">,
): Promise<RealCollector> {
  const program = fetchedProgram("collector") ?? "";
  if (!existsSync(program)) throw new Error("no Collector; next: toolchain/setup.sh --only collector");
  const folder = path.join(parent, "collector");
  mkdirSync(folder);
  const port = await freePort();
  const config = path.join(parent, "collector.yaml");
  const write = (more: Partial<CollectorWords>): void =>
    writeFileSync(config, collectorConfig({ ...words, metrics: { host: "127.0.0.1", port }, folder, ...more }));
  write({});
  let child: ChildProcess | undefined;
  let said = "";
  const metrics = async (): Promise<string> => (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  return {
    folder,
    metrics,
    said: () => said,
    tell: (more) => {
      write(more);
      child?.kill("SIGHUP");
    },
    start: async () => {
      child = spawn(program, [`--config=${config}`, "--feature-gates=+stanza.synchronousLogEmitter"], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      child.stderr?.on("data", (data: Buffer) => (said += data.toString()));
      while ((await metrics().catch(() => undefined)) === undefined) {
        if (hasEnded(child)) throw new Error(`the Collector ended with ${String(child.exitCode)}: ${said}`);
        await sleep(50);
      }
    },
    stop: async (signal) => {
      if (child === undefined || hasEnded(child)) return;
      child.kill(signal);
      await once(child, "exit");
    },
  };
}
