import { statfsSync } from "node:fs";
import { LAB_FOLDER } from "../../../settings/lab-folder";
import { LabError } from "../../host/run";

const MIB = 1024 * 1024;
/** What the lab's machine keeps of a journal of one MiB at most: both servers' data and log, two archives, copies, repository, restore. */
const COPIES = 16;
/** What everything else may grow by meanwhile, MiB. */
const BESIDE_MIB = 2048;

/** Room that the machine must have for a journal of this size, MiB. */
export function roomNeededMib(journalMib: number): number {
  return COPIES * journalMib + BESIDE_MIB;
}

/** @throws LabError when the machine has too little room for a journal of this size; nothing was changed */
export function checkRoom(journalMib: number): void {
  const { bavail, bsize } = statfsSync(LAB_FOLDER);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  const needed = roomNeededMib(journalMib);
  if (freeMib >= needed) return;
  throw new LabError(
    `a journal of ${journalMib} MiB with its backups takes up to ${needed} MiB, and ${LAB_FOLDER} has ${freeMib} MiB free; next: understudy lab bench --series backups --journal-mib ${Math.max(1, Math.floor((freeMib - BESIDE_MIB) / COPIES))}`,
  );
}
