import { existsSync } from "node:fs";
import { UserError } from "../../settings/user-error";
import { withLabLock } from "../host/lock";
import { seconds, type Progress } from "../host/progress";
import { LabError } from "../host/run";
import { chooseFault } from "./choose";
import type { Fault } from "./fault";
import type { LabHost } from "../host/layout";

function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new UserError("only root can break the lab's hosts", "sudo understudy lab fault", 2);
  }
}

async function strikeHost(fault: Fault, host: LabHost, progress: Progress): Promise<void> {
  const began = performance.now();
  const line = (words: string): void =>
    progress(`${host.name} ${fault.name.padEnd(16)} ${seconds(performance.now() - began).padStart(7)}  ${words}`);
  if (await fault.isOn(host)) {
    line("is on already");
    return;
  }
  await fault.strike(host);
  if (fault.lasts && !(await fault.isOn(host))) {
    throw new LabError(`${fault.name} did not take hold of ${host.name}; next: understudy lab status`);
  }
  line(fault.lasts ? "is on" : "has happened");
}

/**
 * Breaks the lab as `name` says. A fault that is on already stays as it is.
 * @throws UserError when name or host is unknown or missing, with the list; LabError when the fault cannot be made.
 */
export async function strikeFault(name: string, hostName: string | undefined, progress: Progress): Promise<void> {
  const { fault, hosts } = chooseFault(name, hostName);
  requireRoot();
  await withLabLock(progress, async () => {
    for (const host of hosts) {
      if (!existsSync(host.namespaceFile)) {
        throw new LabError(`there is no ${host.name} to break; next: understudy lab up`);
      }
      await strikeHost(fault, host, progress);
    }
  });
}
