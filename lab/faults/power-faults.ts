import { enginePart } from "../host/engine";
import type { LabHost } from "../host/layout";
import { raiseLinks } from "../host/network";
import { isSwitchedOff, switchOff } from "../host/power-switch";
import { terminate } from "../host/processes";
import { sshdPart } from "../host/sshd";
import type { Fault } from "./fault";
import { hostProcesses } from "./host-processes";

/**
 * An engine that is told to end waits for its slowest container, here 60 s at most; then the host goes down whatever is left. The
 * slowest is Tempo: its receivers sleep 30 s before they end, a figure in its source that no setting changes.
 */
const SHUTDOWN_GRACE_MS = 70_000;

/** What starts by itself when a host boots. Containers follow as their restart policies say. */
async function boot(host: LabHost): Promise<void> {
  await raiseLinks(host);
  for (const part of [sshdPart(host), enginePart(host)]) {
    if ((await part.inspect()) !== undefined) await part.repair();
  }
}

/** The disk keeps what the kernel had not yet written: one kernel serves the whole lab, and it has not lost power. */
export const powerLoss: Fault = {
  name: "power-loss",
  sentence:
    "every process of the host dies at once and its links go dead; its disk keeps everything written, synced or not",
  scope: "host",
  lasts: true,
  strike: switchOff,
  heal: async (host) => {
    if (await isSwitchedOff(host)) await boot(host);
  },
  isOn: isSwitchedOff,
};

/** Over when the command returns; a reboot that does not come back is listed as power loss, and healed as one. */
export const reboot: Fault = {
  name: "reboot",
  sentence: "the host shuts down in order and starts again; containers come back as their restart policies say",
  scope: "host",
  lasts: false,
  strike: async (host) => {
    await terminate(
      hostProcesses(host, ["dockerd"]).map((one) => one.pid),
      SHUTDOWN_GRACE_MS,
    );
    await switchOff(host);
    await boot(host);
  },
  heal: () => Promise.resolve(),
  isOn: () => Promise.resolve(false),
};
