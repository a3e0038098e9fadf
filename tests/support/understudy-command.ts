import { spawn } from "node:child_process";
import path from "node:path";
import { text } from "node:stream/consumers";

/** What one run of the command left. */
export interface CommandRun {
  readonly code: number | null;
  readonly out: string;
  /** Lines on stderr, without an empty last one. */
  readonly err: readonly string[];
}

/** Runs `bin/understudy` in `folder` as an operator does; the rest of the environment is this process's own. */
export async function understudy(folder: string, ...words: readonly string[]): Promise<CommandRun> {
  const child = spawn(path.resolve(__dirname, "../../bin/understudy"), words, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject)),
  ]);
  return { code, out, err: err.split("\n").filter((line) => line !== "") };
}
