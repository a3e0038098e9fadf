import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRedis, identifyRedis, type RedisSession } from "../../drills/hosts/redis";
import { freePort } from "./free-port";

/** Why no real Redis can be started here; undefined where one can. */
export function noRedis(): string | undefined {
  return spawnSync("redis-server", ["--version"]).status === 0 ? undefined : "no Redis is installed";
}

/** A real server on loopback, in a folder of its own. */
export class ReplicatingRedis {
  private constructor(
    readonly port: number,
    readonly session: RedisSession,
    private readonly process: ChildProcess,
  ) {}

  static async start(folder: string, ...settings: readonly string[]): Promise<ReplicatingRedis> {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const always = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
    const process = spawn("redis-server", [...always, ...settings], { stdio: "ignore" });
    for (let turn = 0; turn < 200; turn += 1) {
      try {
        return new ReplicatingRedis(port, await connectRedis({ address: "127.0.0.1", port, password: "" }), process);
      } catch {
        await sleep(25);
      }
    }
    throw new Error("Redis did not start");
  }

  /** Makes it a replica of `primary`, and waits until it has everything of that moment. `through` is the port at which it finds it. */
  async follow(primary: ReplicatingRedis, through = primary.port): Promise<void> {
    await this.session.command("REPLICAOF", "127.0.0.1", String(through));
    const { offset: goal } = await identifyRedis(primary.session);
    for (let turn = 0; turn < 400; turn += 1) {
      const { follows, offset } = await identifyRedis(this.session);
      if (follows?.linkUp === true && follows.port === through && offset >= goal) return;
      await sleep(25);
    }
    throw new Error("the replica did not catch up");
  }

  /** Another session, for whoever writes while something is compared. */
  connect(): Promise<RedisSession> {
    return connectRedis({ address: "127.0.0.1", port: this.port, password: "" });
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  stop(): void {
    this.session.close();
    this.process.kill("SIGKILL");
  }
}
