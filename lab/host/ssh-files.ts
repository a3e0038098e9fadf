import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { LAB_FILES, LAB_HOSTS, type LabHost } from "./layout";
import type { Part } from "./progress";
import { run } from "./run";

/**
 * The operator's OpenSSH configuration for the lab: pinned host keys, the lab's own key and nothing else, and one connection a host
 * that all sessions share. A connection that goes silent is given up after about five seconds.
 */
export function clientConfig(hosts: readonly LabHost[]): string {
  const aliases = hosts.flatMap((host) => [`Host ${host.name}`, `  HostName ${host.address}`]);
  return [
    ...aliases,
    "Host *",
    "  User root",
    `  IdentityFile ${LAB_FILES.sshKey}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${LAB_FILES.sshKnownHosts}`,
    "  GlobalKnownHostsFile /dev/null",
    "  StrictHostKeyChecking yes",
    "  UpdateHostKeys no",
    "  BatchMode yes",
    "  ConnectTimeout 5",
    "  ServerAliveInterval 2",
    "  ServerAliveCountMax 2",
    "  ControlMaster auto",
    `  ControlPath ${LAB_FILES.ssh}/control-%C`,
    "  ControlPersist 300",
    "  LogLevel ERROR",
    "",
  ].join("\n");
}

/** One known_hosts line a host: its addresses and its name, and the key it must show. */
export function knownHosts(hosts: readonly { host: LabHost; publicKey: string }[]): string {
  return hosts
    .map(({ host, publicKey }) => {
      const [type, key] = publicKey.trim().split(" ");
      return `${host.name},${host.address},${host.replicationAddress} ${type} ${key}\n`;
    })
    .join("");
}

async function makeKey(file: string, comment: string): Promise<void> {
  if (existsSync(file) && existsSync(`${file}.pub`)) return;
  await run("sh", ["-c", 'rm -f "$1" "$1.pub"', "sh", file]);
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file]);
}

function writeIfChanged(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, "utf8") === text) return;
  writeFileSync(file, text);
}

async function makeFiles(): Promise<void> {
  mkdirSync(LAB_FILES.ssh, { recursive: true, mode: 0o700 });
  chmodSync(LAB_FILES.ssh, 0o700);
  await makeKey(LAB_FILES.sshKey, "understudy-lab-operator");
  for (const host of LAB_HOSTS) {
    mkdirSync(host.folder, { recursive: true });
    await makeKey(host.sshHostKey, host.name);
  }
  const keys = LAB_HOSTS.map((host) => ({ host, publicKey: readFileSync(`${host.sshHostKey}.pub`, "utf8") }));
  writeIfChanged(LAB_FILES.sshKnownHosts, knownHosts(keys));
  writeIfChanged(LAB_FILES.sshConfig, clientConfig(LAB_HOSTS));
}

function inspectFiles(): string | undefined {
  const keys = [LAB_FILES.sshKey, ...LAB_HOSTS.map((host) => host.sshHostKey)];
  const files = [...keys, ...keys.map((key) => `${key}.pub`), LAB_FILES.sshKnownHosts, LAB_FILES.sshConfig];
  const missing = files.find((file) => !existsSync(file));
  if (missing !== undefined) return `${missing} is missing`;
  const stale = readFileSync(LAB_FILES.sshConfig, "utf8") !== clientConfig(LAB_HOSTS);
  return stale ? "client configuration is of another version" : undefined;
}

/** Keys, pinned host keys and the client configuration with which the operator reaches both hosts. */
export function sshFilesPart(): Part {
  return { name: "ssh keys", inspect: () => Promise.resolve(inspectFiles()), repair: makeFiles };
}
