import { mkdirSync } from "node:fs";
import { certificatesPart } from "./certificates";
import { diskPart } from "./disk";
import { enginePart } from "./engine";
import { firewallPart } from "./firewall";
import { imageStages } from "./image-supply";
import { LAB_FILES, LAB_HOSTS, type LabHost } from "./layout";
import { withLabLock } from "./lock";
import { networkParts } from "./network";
import { powerSwitchPart } from "./power-switch";
import { ensurePart, type Part, type Progress, seconds } from "./progress";
import { projectPart, statePart } from "./project";
import { registryPart } from "./registry";
import { attempt, LabError, succeeds } from "./run";
import { signingKeyPart } from "./signing-key";
import { sshFilesPart } from "./ssh-files";
import { sshdPart, startSshd } from "./sshd";
import { labStacks } from "./stacks";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** Programs the lab runs, and the Debian package each comes with. */
export const REQUIREMENTS: readonly { readonly program: string; readonly debianPackage: string }[] = [
  { program: "bash", debianPackage: "bash" },
  { program: "ip", debianPackage: "iproute2" },
  { program: "iptables", debianPackage: "iptables" },
  { program: "nsenter", debianPackage: "util-linux" },
  { program: "losetup", debianPackage: "mount" },
  { program: "mkfs.ext4", debianPackage: "e2fsprogs" },
  { program: "dockerd", debianPackage: "docker.io" },
  { program: "containerd", debianPackage: "containerd" },
  { program: "docker", debianPackage: "docker.io" },
  { program: "sshd", debianPackage: "openssh-server" },
  { program: "ssh", debianPackage: "openssh-client" },
  { program: "docker-registry", debianPackage: "docker-registry" },
  { program: "skopeo", debianPackage: "skopeo" },
];

/**
 * Makes sure that this machine can hold a lab at all.
 * @throws LabError naming everything that is missing at once, and the command that installs it.
 */
export async function checkRequirements(): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new LabError(
      "the lab makes network namespaces and mounts, so it needs root on Linux; next: sudo understudy lab up",
    );
  }
  const there = await Promise.all(REQUIREMENTS.map((one) => succeeds("sh", ["-c", `command -v ${one.program}`])));
  const missing = REQUIREMENTS.filter((_, index) => there[index] === false);
  if (missing.length === 0) return;
  const packages = [...new Set(missing.map((one) => one.debianPackage))].join(" ");
  const programs = missing.map((one) => one.program).join(", ");
  throw new LabError(`the lab needs ${programs}; next: apt-get install --no-install-recommends ${packages}`);
}

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

/** Parts that need each other stand in separate stages, in order; the parts of one stage are looked after at the same time. */
function stages(progress: Progress): readonly (readonly Part[])[] {
  return [
    ...networkParts().map((part) => [part]),
    [sshFilesPart(), statePart(), signingKeyPart(), projectPart(), powerSwitchPart(), ...LAB_HOSTS.map(diskPart)],
    [registryPart(), ...LAB_HOSTS.map(sshdPart), ...LAB_HOSTS.map(enginePart)],
    LAB_HOSTS.flatMap((host) => [endpointPart(host), firewallPart(host)]),
    ...imageStages(progress),
  ];
}

async function allStages(progress: Progress): Promise<void> {
  await checkRequirements();
  mkdirSync(LAB_FOLDER, { recursive: true, mode: 0o755 });
  for (const stage of stages(progress)) {
    const results = await Promise.allSettled(stage.map((part) => ensurePart(part, progress)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

/**
 * Brings the lab up, or back up: each part is inspected as it really is, and repaired alone when it is not as it should be. What is
 * all right is not touched.
 * @throws LabError naming the part that could not be repaired and the next command.
 */
export async function labUp(progress: Progress): Promise<void> {
  await withLabLock(progress, async () => {
    const began = performance.now();
    await allStages(progress);
    await labStacks(progress);
    await ensurePart(certificatesPart(progress), progress);
    progress(`lab is up               ${seconds(performance.now() - began)}`);
  });
}

/** As `labUp`, without the stacks: no fault reaches them, and what they declare meanwhile is their operator's. */
export async function labHostsUp(progress: Progress): Promise<void> {
  await withLabLock(progress, () => allStages(progress));
}
