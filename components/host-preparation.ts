import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { HostPreparationSettings } from "../settings/host-preparation";
import type { NamedHost } from "../settings/pair";

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

/** The host to prepare, and what its section `preparation` asks for. */
export interface HostPreparationArgs {
  readonly self: NamedHost;
  readonly preparation: HostPreparationSettings;
}

/**
 * What a bare host needs before its first container, done over SSH: clock checked, folders made, kernel settings applied.
 * The account's key comes from the SSH agent, so none is in the state; a host that shows another key than the pinned one is
 * not touched. Nothing is undone when the stack goes.
 */
export class HostPreparation extends pulumi.ComponentResource {
  /** What runs on the host, in this order. */
  public readonly steps: readonly command.remote.Command[];

  constructor(name: string, { self, preparation }: HostPreparationArgs, opts?: pulumi.ComponentResourceOptions) {
    super("understudy:index:HostPreparation", name, {}, opts);
    const provider = new command.Provider(`${name}-ssh`, {}, { parent: this });
    const scripts = [
      ["clock", preparation.require_synchronized_clock ? clockScript() : ""],
      ["folders", folderScript(preparation)],
      ["sysctls", Object.keys(preparation.sysctls).length === 0 ? "" : sysctlScript(preparation)],
    ] as const;
    const steps: command.remote.Command[] = [];
    for (const [step, script] of scripts) {
      if (script === "") continue;
      const before = steps.at(-1);
      steps.push(
        new command.remote.Command(
          `${name}-${step}`,
          {
            connection: connectionTo(self, preparation),
            create: preparation.sudo ? "sudo -n sh -eu" : "sh -eu",
            stdin: script,
            triggers: [script],
          },
          { parent: this, provider, dependsOn: before === undefined ? [] : [before] },
        ),
      );
    }
    this.steps = steps;
    this.registerOutputs({});
  }
}

function connectionTo(
  self: NamedHost,
  { host_key: hostKey }: HostPreparationSettings,
): command.types.input.remote.ConnectionArgs {
  const { hostname, username, port } = new URL(self.docker);
  return {
    host: hostname,
    ...(username === "" ? {} : { user: decodeURIComponent(username) }),
    ...(port === "" ? {} : { port: Number(port) }),
    hostKey,
    dialErrorLimit: 3,
  };
}
