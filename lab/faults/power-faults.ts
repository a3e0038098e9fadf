import { existsSync } from "node:fs";
import { hostPids, powerOff } from "../cgroup";
import { enginePart } from "../engine";
import { LabError } from "../run";
import type { LabHost } from "../layout";
import { terminate } from "../processes";
import { sshdPart } from "../sshd";
import type { Fault } from "./fault";
import { hostProcesses } from "./host-processes";

/** An engine that is told to end waits for its slowest container, here 60 s at most; then the host goes down whatever is left. */
const SHUTDOWN_GRACE_MS = 70_000;

/** A host that has been made and on which nothing runs. */
function isOff(host: LabHost): boolean {
  return existsSync(host.namespaceFile) && hostPids(host).length === 0;
}

async function cutPower(host: LabHost): Promise<void> {
  if (await powerOff(host)) return;
  throw new LabError(`not every process of ${host.name} ended; next: understudy lab status`);
}

/** What starts by itself when a host boots. Containers follow as their restart policies say. */
async function boot(host: LabHost): Promise<void> {
  for (const part of [sshdPart(host), enginePart(host)]) {
    if ((await part.inspect()) !== undefined) await part.repair();
  }
}

/** The disk keeps what the kernel had not yet written: one kernel serves the whole lab, and it has not lost power. */
export const powerLoss: Fault = {
  name: "power-loss",
  sentence: "every process of the host dies in the same instant; its disk keeps everything written, synced or not",
  scope: "host",
  lasts: true,
  strike: cutPower,
  heal: async (host) => {
    if (isOff(host)) await boot(host);
  },
  isOn: (host) => Promise.resolve(isOff(host)),
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
    await cutPower(host);
    await boot(host);
  },
  heal: () => Promise.resolve(),
  isOn: () => Promise.resolve(false),
};
