import { LAB_FILES, type LabHost } from "./layout";
import type { Part } from "./progress";
import { attempt, LabError } from "./run";
import { startSshd } from "./sshd";

async function sessionFault(host: LabHost): Promise<string | undefined> {
  const remote = ["docker", "version", "--format", "{{.Server.Version}}"];
  const result = await attempt("ssh", ["-F", LAB_FILES.sshConfig, `root@${host.address}`, ...remote], {
    timeoutMs: 20_000,
  });
  return result.code === 0 ? undefined : result.stderr.trim() || result.stdout.trim() || `exit code ${result.code}`;
}

async function renewSession(host: LabHost): Promise<void> {
  await attempt("ssh", ["-F", LAB_FILES.sshConfig, "-O", "exit", `root@${host.address}`]);
  await startSshd(host);
  const fault = await sessionFault(host);
  if (fault === undefined) return;
  throw new LabError(
    `ssh://root@${host.address} does not lead to a Docker engine: ${fault}; next: tail ${host.sshdLog}`,
  );
}

/** The whole way from the operator to a host's engine, as the stacks go it. Leaves the shared connection open for them. */
export function endpointPart(host: LabHost): Part {
  return { name: `${host.name} endpoint`, inspect: () => sessionFault(host), repair: () => renewSession(host) };
}
