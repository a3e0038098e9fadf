import { LabError, succeeds } from "./run";

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
