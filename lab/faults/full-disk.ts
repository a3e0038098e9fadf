import { existsSync, rmSync, statfsSync, statSync } from "node:fs";
import * as path from "node:path";
import type { LabHost } from "../host/layout";
import { currentMountsUnder } from "../host/disk";
import { LabError, run } from "../host/run";
import type { Fault } from "./fault";

const MIB = 1024 * 1024;

function fillerFile(host: LabHost): string {
  return path.join(host.disk, "understudy-full-disk");
}

/** The one thing this fault may fill is a disk of the lab's own: mounted, and another device than the folder it hangs in. */
function hasOwnDisk(host: LabHost): boolean {
  return (
    currentMountsUnder(host.disk).includes(host.disk) &&
    statSync(host.disk).dev !== statSync(path.dirname(host.disk)).dev
  );
}

function freeBytes(host: LabHost): number {
  const { bavail, bsize } = statfsSync(host.disk);
  return bavail * bsize;
}

/** The blocks are reserved, not written: the sparse image behind the disk does not grow. */
async function fill(host: LabHost): Promise<void> {
  if (!hasOwnDisk(host)) {
    throw new LabError(`${host.name} has no disk of its own at ${host.disk}; next: understudy lab up`);
  }
  const length = freeBytes(host) - MIB;
  if (length > 0) await run("fallocate", ["--length", `${length}`, fillerFile(host)], { timeoutMs: 60_000 });
}

/** Containers, volumes and images of the host share the disk that runs full; the machine's own disk does not notice. */
export const fullDisk: Fault = {
  name: "full-disk",
  sentence: "the host's disk is full but for the last MiB; containers, volumes and images are on it",
  scope: "host",
  lasts: true,
  strike: fill,
  heal: (host) => {
    rmSync(fillerFile(host), { force: true });
    return Promise.resolve();
  },
  isOn: (host) => Promise.resolve(existsSync(fillerFile(host))),
};
