import { spawn } from "node:child_process";
import * as path from "node:path";
import { createInterface } from "node:readline";
import type { PartName } from "./recipes";

/** Reads what `parts.sh` prints: a name, a space and a file, one part a line. */
export function parseParts(output: string): ReadonlyMap<string, string> {
  return new Map(
    output
      .split("\n")
      .filter((line) => line.includes(" "))
      .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]),
  );
}

/**
 * Makes the parts that the cache does not have, and returns the file of each.
 * @throws Error with the last line `parts.sh` wrote, when a part cannot be made.
 */
export async function ensureParts(
  names: readonly PartName[],
  progress: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  if (names.length === 0) return new Map();
  const script = path.join(__dirname, "parts.sh");
  const child = spawn(script, names, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let lastLine = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  createInterface({ input: child.stderr }).on("line", (line) => progress((lastLine = line.trim())));
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code === 0) return parseParts(output);
  throw new Error(
    `the parts of the lab's images (${names.join(", ")}) cannot be made: ${lastLine}; next: ${script} ${names.join(" ")}`,
  );
}
