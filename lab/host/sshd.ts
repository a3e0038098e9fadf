import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import * as path from "node:path";
import { startDaemon } from "./daemon";
import { LAB_FILES, type LabHost } from "./layout";
import { namespaceInode, processesOf, terminate } from "./processes";
import type { Part } from "./progress";
import { attempt, LabError, run } from "./run";
import { opensshVersion, sshdConfig, type SshdFacts } from "./sshd-config";
import { waitUntil } from "./wait";

async function facts(): Promise<SshdFacts> {
  const version = opensshVersion((await attempt("ssh", ["-V"])).stderr);
  const root = readFileSync("/etc/shadow", "utf8").split("\n")[0] ?? "";
  return { version, rootLocked: root.startsWith("root:!") };
}

function sameText(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, "utf8") === text;
}

/** Whether something at this address greets as an SSH server within `timeoutMs` milliseconds; else the reason. */
export function sshFault(address: string, timeoutMs = 3_000): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    const end = (fault?: string): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.setTimeout(timeoutMs, () => end(`no greeting within ${timeoutMs} ms`));
    socket.once("error", (error) => end(error.message));
    socket.once("data", (data) => end(data.toString("latin1").startsWith("SSH-") ? undefined : "not an SSH server"));
  });
}

/** Looks at the server itself: its process and configuration, the network namespace it lives in, and whether it greets. */
export async function inspectSshd(host: LabHost): Promise<string | undefined> {
  const [running] = processesOf("sshd", host.sshdConfig);
  if (running === undefined) return "not running";
  if (running.networkNamespace !== namespaceInode(host.namespaceFile)) return "in a namespace that is gone";
  if (!sameText(host.sshdConfig, sshdConfig(host, await facts()))) return "configuration is of another version";
  return sshFault(host.address);
}

/**
 * Starts the host's SSH server, or starts it anew; sessions that are open stay open.
 * @throws LabError naming the server's log when it does not greet.
 */
export async function startSshd(host: LabHost): Promise<void> {
  await terminate(
    processesOf("sshd", host.sshdConfig).map((one) => one.pid),
    2_000,
  );
  mkdirSync(host.home, { recursive: true, mode: 0o700 });
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  writeFileSync(host.sshdConfig, sshdConfig(host, await facts()));
  const program = (await run("sh", ["-c", "command -v sshd"], { next: "apt-get install openssh-server" })).trim();
  await run(program, ["-t", "-f", host.sshdConfig]);
  startDaemon({ command: program, args: ["-D", "-e", "-f", host.sshdConfig], host, log: host.sshdLog });
  if (!(await waitUntil(async () => (await sshFault(host.address, 1_000)) === undefined, 10_000))) {
    throw new LabError(`sshd of ${host.name} does not greet on ${host.address}:22; next: tail ${host.sshdLog}`);
  }
}

/** The SSH server of one host. */
export function sshdPart(host: LabHost): Part {
  return { name: `${host.name} sshd`, inspect: () => inspectSshd(host), repair: () => startSshd(host) };
}

/** Processes that keep the operator's shared connections open; found by the control socket's path in their title. */
export function controlMasters(): readonly number[] {
  return processesOf("ssh", path.join(LAB_FILES.ssh, "control-")).map((one) => one.pid);
}
