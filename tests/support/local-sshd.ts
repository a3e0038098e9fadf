import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { SshHost } from "../../drills/hosts/service-forwards";
import { freePort } from "./free-port";
import { hasEnded } from "./has-ended";

const run = promisify(execFile);

/** An OpenSSH server on loopback, for a key of its own alone. */
export interface LocalSshd {
  /** How it is reached, strictly: its host key is known. */
  readonly host: SshHost;
  /** Ends it with every session that it has. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** Makes an OpenSSH server in `folder`, and starts it. @param more lines of its configuration */
export async function localSshd(folder: string, more: readonly string[] = []): Promise<LocalSshd> {
  const [hostKey, userKey] = ["host-key", "user-key"].map((name) => path.join(folder, name)) as [string, string];
  for (const key of [hostKey, userKey]) {
    rmSync(key, { force: true }); // where it is, ssh-keygen asks
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  }
  copyFileSync(`${userKey}.pub`, path.join(folder, "authorized_keys"));
  const port = await freePort();
  const config = path.join(folder, "sshd_config");
  writeFileSync(
    config,
    [
      `ListenAddress 127.0.0.1:${String(port)}`,
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${path.join(folder, "authorized_keys")}`,
      ...[
        "PidFile none",
        "UsePAM no",
        "StrictModes no",
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
      ],
      ...["MaxStartups 100", ...more, ""],
    ].join("\n"),
  );
  const hostKeyText = (await run("cut", ["-d", " ", "-f", "1,2", `${hostKey}.pub`])).stdout.trim();
  writeFileSync(path.join(folder, "known_hosts"), `[127.0.0.1]:${String(port)} ${hostKeyText}\n`);
  const clientConfig = path.join(folder, "ssh_config");
  writeFileSync(
    clientConfig,
    [
      ...["Host *", `IdentityFile ${userKey}`, "IdentitiesOnly yes", "StrictHostKeyChecking yes"],
      `UserKnownHostsFile ${path.join(folder, "known_hosts")}`,
      // As an operator has it who shares connections: ours must be apart from these.
      ...["ControlMaster auto", `ControlPath ${path.join(folder, "shared")}`, "ControlPersist no", ""],
    ].join("\n"),
  );
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    await run("mkdir", ["-p", "/run/sshd"]);
    server = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", config], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    await once(server.stderr!, "data");
  };
  await start();
  return {
    host: { docker: `ssh://root@127.0.0.1:${String(port)}`, ssh_config: clientConfig },
    start,
    stop: async () => {
      if (server?.pid === undefined || hasEnded(server)) return;
      const ended = once(server, "exit");
      const { stdout } = await run("pgrep", ["-P", String(server.pid)]).catch(() => ({ stdout: "" }));
      for (const pid of stdout.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
      server.kill("SIGKILL");
      await ended;
    },
  };
}
