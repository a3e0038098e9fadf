import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { NamedHost } from "../../settings/pair";
import { bounded } from "./bounded";
import { sshArguments } from "./engine";

const SSH_MS = 15_000;

/**
 * Runs one command on a host over SSH and returns what it printed.
 * @param input what the command finds on its stdin
 * @throws Error with the words of ssh or of the command
 */
export async function runOnHost(
  host: Pick<NamedHost, "name" | "docker" | "ssh_config">,
  command: string,
  input = "",
): Promise<string> {
  const child = spawn("ssh", [...sshArguments(host), command], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => child.on("close", resolve).on("error", reject));
  child.stdin.on("error", () => undefined).end(input);
  try {
    const all = Promise.all([text(child.stdout), text(child.stderr), ended]);
    const [out, err, code] = await bounded(`${host.name}: ssh`, SSH_MS, all);
    if (code !== 0) throw new Error(err.trim() || `ssh ended with ${String(code)}`);
    return out;
  } finally {
    child.kill();
    for (const one of [child.stdout, child.stderr]) one.destroy();
  }
}
