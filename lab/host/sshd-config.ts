import { LAB_FILES, type LabHost } from "./layout";

/** Where a session on a host finds its programs; the same whoever brings the lab up. */
const HOST_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What the server's configuration depends on, as found on this machine. */
export interface SshdFacts {
  /** Major and minor version of OpenSSH, such as 9.2. */
  readonly version: number;
  /** Whether root's password is locked (`!` in the shadow file): without PAM, sshd then refuses even a key. */
  readonly rootLocked: boolean;
}

/** The server's configuration: root by the lab's key only, on both of the host's addresses, as the door to its Docker engine. */
export function sshdConfig(host: LabHost, facts: SshdFacts): string {
  return [
    `ListenAddress ${host.address}:22`,
    `ListenAddress ${host.replicationAddress}:22`,
    `HostKey ${host.sshHostKey}`,
    `PidFile ${host.sshdPidFile}`,
    `AuthorizedKeysFile ${LAB_FILES.sshKey}.pub`,
    `UsePAM ${facts.rootLocked ? "yes" : "no"}`,
    "StrictModes no",
    "PermitRootLogin prohibit-password",
    "PubkeyAuthentication yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "AllowUsers root",
    "UseDNS no",
    "MaxSessions 1000",
    "MaxStartups 1000",
    "LoginGraceTime 20",
    "PrintMotd no",
    "PrintLastLog no",
    "X11Forwarding no",
    ...(facts.version >= 9.8 ? ["PerSourcePenalties no"] : []),
    `SetEnv DOCKER_HOST=unix://${host.socket} UNDERSTUDY_HOST=${host.name} HOME=${host.home} PATH=${HOST_PATH}`,
    "",
  ].join("\n");
}

/** The version number in what `ssh -V` prints; 0 when there is none. */
export function opensshVersion(text: string): number {
  return Number(/OpenSSH_(?:for_Windows_)?(\d+\.\d+)/.exec(text)?.[1] ?? 0);
}
