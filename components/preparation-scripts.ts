import type { HostPreparationSettings } from "../settings/host-preparation";

/** Where the kernel settings are kept on a host. */
export const SYSCTL_FILE = "/etc/sysctl.d/60-understudy.conf";

/** Writes the kernel settings and applies them; the same settings again change nothing. */
export function sysctlScript({ sysctls }: Pick<HostPreparationSettings, "sysctls">): string {
  const lines = Object.entries(sysctls).map(([name, value]) => `${name} = ${value}`);
  return [
    `cat >${SYSCTL_FILE} <<'SETTINGS'`,
    "# Written by Understudy, from hosts.*.preparation.sysctls of the environment file.",
    ...lines,
    "SETTINGS",
    `sysctl --load ${SYSCTL_FILE}`,
    "",
  ].join("\n");
}

/** Makes the folders for root alone; what is in one that is there stays. */
export function folderScript({ folders }: Pick<HostPreparationSettings, "folders">): string {
  return folders.map((folder) => `install -d -m 0700 '${folder}'\n`).join("");
}

/** Fails, and says what to do, when no time service keeps the host's clock. */
export function clockScript(): string {
  return [
    'synchronized=$(timedatectl show --property NTPSynchronized --value) || synchronized="unknown: timedatectl failed"',
    '[ "$synchronized" = yes ] || {',
    '  echo "the clock of $(uname -n) is not kept by a time service (NTPSynchronized=$synchronized); next, on that host: timedatectl set-ntp true" >&2',
    "  exit 1",
    "}",
    "",
  ].join("\n");
}
