import { readFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type Docker from "dockerode";
import { bounded } from "../../drills/hosts/bounded";
import { openExec } from "../../drills/hosts/conversation";

const STOP_MS = 10_000;

/** A script of this folder that runs inside a container until it is stopped, or ends by itself. */
export interface ContainerJob {
  /** Tells the script to end, and waits until it has, at most 10 s; it never throws. */
  stop(): Promise<void>;
}

/** The words that run script `name` of this folder by `sh`, with arguments. */
export function scriptCommand(name: string, args: readonly string[]): string[] {
  return ["sh", "-c", readFileSync(path.join(__dirname, name), "utf8"), name, ...args];
}

/**
 * Starts a script that goes on until it is told to stop, or loses its stdin.
 * @param onLine receives every line the script prints, on either stream
 */
export async function startContainerJob(
  docker: Docker,
  container: string,
  command: readonly string[],
  onLine: (line: string) => void,
): Promise<ContainerJob> {
  const { stream, output, complaints } = await openExec(docker, container, command);
  for (const input of [output, complaints]) createInterface({ input }).on("line", onLine);
  const ended = new Promise<void>((resolve) => {
    stream.on("end", resolve);
    stream.on("close", resolve);
    stream.on("error", () => resolve());
  });
  return {
    stop: async () => {
      stream.write("stop\n");
      await bounded(`${container}: stop of the load`, STOP_MS, ended).catch(() => undefined);
      stream.destroy();
    },
  };
}
