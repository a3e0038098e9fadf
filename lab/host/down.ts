import * as path from "node:path";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { cgroupFolders, powerOff, removeCgroups } from "./cgroup";
import { currentMountsUnder, removeDisk, unmountUnder } from "./disk";
import { LAB_HOSTS } from "./layout";
import { withLabLock } from "./lock";
import { networkLeftovers, removeNetwork } from "./network";
import { labProcesses, terminate } from "./processes";
import { type Progress, seconds } from "./progress";
import { endRegistry } from "./registry";
import { LabError } from "./run";
import { controlMasters } from "./sshd";
import { waitUntil } from "./wait";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** Where containerd's shims listen, whatever folder their engine was given. */
const FOLDER = "/run/containerd/s";

function refuses(socketFile: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketFile);
    const end = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.once("connect", () => end(false));
    socket.once("error", (error: NodeJS.ErrnoException) => end(error.code === "ECONNREFUSED"));
  });
}

/** Removes the sockets that killed shims left behind: those on which nobody listens. Those of other engines answer, and stay. */
export async function removeDeadShimSockets(): Promise<void> {
  if (!existsSync(FOLDER)) return;
  for (const file of readdirSync(FOLDER).map((name) => path.join(FOLDER, name))) {
    if (await refuses(file)) rmSync(file, { force: true });
  }
}

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

/** What `down` does, in order. Each is safe to repeat, and does nothing where there is nothing. */
const REMOVALS: readonly { readonly name: string; readonly act: () => Promise<void> }[] = [
  { name: "ssh connections", act: () => terminate(controlMasters(), 2_000) },
  {
    name: "hosts",
    act: async () => {
      await Promise.all(LAB_HOSTS.map(powerOff));
    },
  },
  { name: "registry", act: endRegistry },
  {
    name: "other processes",
    act: () =>
      terminate(
        labProcesses().map((one) => one.pid),
        1_000,
      ),
  },
  {
    name: "disks and mounts",
    act: async () => {
      for (const host of LAB_HOSTS) await removeDisk(host);
      await unmountUnder(LAB_FOLDER);
    },
  },
  { name: "network", act: removeNetwork },
  {
    name: "folder",
    act: async () => {
      LAB_HOSTS.forEach(removeCgroups);
      await removeDeadShimSockets();
      if (currentMountsUnder(LAB_FOLDER).length === 0) rmSync(LAB_FOLDER, { recursive: true, force: true });
    },
  },
];

async function nothingLeft(): Promise<boolean> {
  LAB_HOSTS.forEach(removeCgroups);
  return (await labLeftovers()).length === 0;
}

/**
 * Removes the whole lab and all data on its hosts; the images in the cache stay. The hosts are switched off, not shut down: nothing of
 * theirs is kept, so nothing needs to end in order.
 * @throws LabError naming everything that could not be removed.
 */
export async function labDown(progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new LabError("only root can remove the lab; next: sudo understudy lab down");
  }
  await withLabLock(progress, async () => {
    for (const removal of REMOVALS) {
      const began = performance.now();
      await removal.act();
      progress(`${removal.name.padEnd(22)} ${seconds(performance.now() - began).padStart(7)}  removed`);
    }
    if (await waitUntil(nothingLeft, 5_000)) return;
    const left = (await labLeftovers()).join("; ");
    throw new LabError(`the lab is not all gone: ${left}; next: understudy lab down`);
  });
}
