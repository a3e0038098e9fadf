import { existsSync } from "node:fs";
import { cgroupFolders } from "./cgroup";
import { LAB_HOSTS } from "./layout";
import { LAB_FOLDER } from "../../settings/lab-folder";
import { currentMountsUnder } from "./mounts";
import { networkLeftovers } from "./network";
import { labProcesses } from "./processes";

/** Everything of the lab that is on this machine now, one short line each; empty after a complete `lab down`. */
export async function labLeftovers(): Promise<readonly string[]> {
  return [
    ...labProcesses().map((one) => `process ${one.pid} ${one.commandLine.slice(0, 80)}`),
    ...currentMountsUnder(LAB_FOLDER).map((point) => `mount ${point}`),
    ...(await networkLeftovers()),
    ...LAB_HOSTS.flatMap((host) => cgroupFolders(host)).map((folder) => `control group ${folder}`),
    ...(existsSync(LAB_FOLDER) ? [`folder ${LAB_FOLDER}`] : []),
  ];
}
