import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { HostPreparationSettings } from "../settings/host-preparation";
import type { NamedHost } from "../settings/pair";
import { clockScript, folderScript, sysctlScript } from "./preparation-scripts";

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
