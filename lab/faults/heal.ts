import { existsSync } from "node:fs";
import { FAULTS } from "./table";
import { LAB_HOSTS } from "../host/layout";
import { withLabLock } from "../host/lock";
import { type Progress, seconds } from "../host/progress";
import { LabError } from "../host/run";
import { labHostsUp } from "../host/up";
import { LAB_FOLDER } from "../../settings/lab-folder";

/** A fault that is on now. */
export interface ActiveFault {
  readonly name: string;
  /** The broken host; null for a fault of what joins both hosts. */
  readonly host: string | null;
  readonly sentence: string;
}

/** Every fault that is on, as processes, rules and files of both hosts show it. */
export async function activeFaults(): Promise<readonly ActiveFault[]> {
  const found = await Promise.all(
    FAULTS.map(async ({ name, sentence, scope, isOn }) => {
      const on = await Promise.all(LAB_HOSTS.map(isOn));
      const hosts = LAB_HOSTS.filter((_, index) => on[index] === true);
      if (scope === "pair") return hosts.length > 0 ? [{ name, host: null, sentence }] : [];
      return hosts.map((host) => ({ name, host: host.name, sentence }));
    }),
  );
  return found.flat();
}

async function healAll(progress: Progress): Promise<void> {
  for (const fault of FAULTS) {
    for (const host of LAB_HOSTS) {
      if (!(await fault.isOn(host))) continue;
      const began = performance.now();
      await fault.heal(host);
      progress(`${host.name} ${fault.name.padEnd(16)} ${seconds(performance.now() - began).padStart(7)}  healed`);
    }
  }
}

/**
 * Takes every fault away and repairs what the lab itself lost to them. Services come back by themselves after it, as their restart
 * policies and boot guards say; `understudy status` shows when they have.
 * @throws LabError naming what could not be healed.
 */
export async function labHeal(progress: Progress): Promise<void> {
  if (process.getuid?.() !== 0) throw new LabError("only root can heal the lab; next: sudo understudy lab heal");
  if (!existsSync(LAB_FOLDER)) throw new LabError("there is no lab to heal; next: understudy lab up");
  await withLabLock(progress, () => healAll(progress));
  await labHostsUp(progress);
  const left = (await activeFaults()).map((one) => [one.host, one.name].filter(Boolean).join(" "));
  if (left.length > 0) throw new LabError(`still on: ${left.join(", ")}; next: understudy lab heal`);
}
