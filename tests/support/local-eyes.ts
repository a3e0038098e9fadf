import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { bounded } from "../../drills/hosts/bounded";
import { parseAnswer } from "../../drills/hosts/agent";
import { eyesCommand } from "../../drills/unplanned/standby-look";
import type { Eye } from "../../drills/unplanned/look";
import type { StoreName } from "../../settings/services";

/** The program that looks from a standby, run on this machine. */
export interface LocalEye extends Eye {
  close(): void;
}

/**
 * Starts a store's program as the drill does, with these variables of its container beside PATH.
 * @param shell the shell that runs it
 */
export function openLocalEye(
  store: StoreName,
  shell: readonly string[],
  variables: Readonly<Record<string, string>>,
): LocalEye {
  const [program = "env", ...words] = eyesCommand(store, shell);
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"], ...variables },
    stdio: ["pipe", "pipe", "ignore"],
  });
  let lines: string[] = [];
  let waiting: PromiseWithResolvers<readonly string[]> | undefined;
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line !== "ok" && !line.startsWith("error ")) return void lines.push(line);
    if (line === "ok") waiting?.resolve(lines);
    else waiting?.reject(new Error(line));
    lines = [];
  });
  return {
    ask: async (asked, timeoutMs = 10_000) => {
      waiting = Promise.withResolvers();
      child.stdin.write(`${asked}\n`);
      return parseAnswer(await bounded("a look", timeoutMs, waiting.promise));
    },
    close: () => void child.kill(),
  };
}
