import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { pollUntil } from "../../drills/hosts/bounded";
import { connectRedis } from "../../drills/hosts/redis";

/** A Redis of this machine on a free port of loopback that keeps nothing; its password is `hush`. */
export interface PlainRedis {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts one in a folder. @throws Error when it does not answer */
export async function startPlainRedis(folder: string, ...settings: readonly string[]): Promise<PlainRedis> {
  const port = await new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port: free } = server.address() as AddressInfo;
      server.close(() => resolve(free));
    });
  });
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--requirepass", "hush"];
  const server = spawn("redis-server", [...words, "--masterauth", "hush", ...settings], { stdio: "ignore" });
  const ended = new Promise((resolve) => server.once("close", resolve));
  const { reached } = await pollUntil(
    () =>
      connectRedis({ address: "127.0.0.1", port, password: "hush" }).then(
        (session) => (session.close(), true),
        () => false,
      ),
    (answers) => answers,
    { deadlineMs: 10_000, pauseMs: 20 },
  );
  if (!reached) throw new Error("redis-server does not answer");
  return {
    port,
    stop: async () => {
      server.kill("SIGKILL");
      await ended;
    },
  };
}
