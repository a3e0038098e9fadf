import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { NamedHost } from "../../settings/pair";
import { projectFolder } from "../../settings/project-folder";
import { messageOf } from "../../settings/user-error";

/** How often `status` must say that the host is off. */
const LOOKS = 2;

/**
 * Switches a host off by the operator's own fence command (power, hypervisor, cloud).
 * @returns the proof in words: the command's `status` said `off`, twice
 * @throws Error when there is no such command, it fails, or it does not say `off`
 */
export async function fenceByCommand(host: NamedHost): Promise<string> {
  await askFence(host, "off");
  return proveOff(host);
}

/** Asks the fence command twice whether the host is off; changes nothing. @throws Error with what it says instead */
export async function proveOff(host: NamedHost): Promise<string> {
  for (let look = 0; look < LOOKS; look += 1) {
    const said = await askFence(host, "status");
    if (said !== "off")
      throw new Error(`the fence command says that ${host.name} is ${said || "in a state it does not name"}`);
  }
  return `fence command ${host.fence?.command[0] ?? ""}: status off, ${LOOKS} times`;
}

/** Gives the fence command, run in the project's folder, one word and returns what it prints. @throws Error when there is none, or it fails */
export async function askFence({ name, fence }: NamedHost, action: "off" | "status"): Promise<string> {
  const [program, ...words] = fence?.command ?? [];
  if (fence === undefined || program === undefined) throw new Error(`no fence command is configured for ${name}`);
  try {
    const { stdout } = await promisify(execFile)(program, [...words, action], {
      timeout: fence.timeout_seconds * 1000,
      killSignal: "SIGKILL",
      cwd: projectFolder(),
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
    });
    return stdout.trim();
  } catch (error) {
    throw new Error(`the fence command of ${name} failed at ${action}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
