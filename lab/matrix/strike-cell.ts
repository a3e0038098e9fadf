import { strikeFault } from "../faults/strike";
import { powerLoss } from "../faults/power-faults";
import { chooseFault } from "../faults/choose";
import type { LabHost } from "../host/layout";
import type { LabPair } from "../host/lab-pair";
import { withLabLock } from "../host/lock";
import type { Progress } from "../host/progress";
import { RUN_FAULTS, type RunFault, type Strike } from "./cell";
import type { DrillProcess } from "./drill-process";
import { declareChange, emptyPrimary } from "./operator-faults";

/** What a strike may be about: the hosts by the roles that they had before the drill, the drill when one runs, the operator's files. */
export interface Battlefield {
  readonly pair: LabPair;
  /** Where files of this cell go. */
  readonly folder: string;
  /** Is told which environment file the operator works with from now on. */
  readonly onEnvConfig: (file: string) => void;
  readonly primary: LabHost;
  readonly standby: LabHost;
  readonly drill: DrillProcess | undefined;
}

function isRunFault(fault: string): fault is RunFault {
  return (RUN_FAULTS as readonly string[]).includes(fault);
}

/** Whether there is such a fault at all. @throws UserError when there is not */
export function checkStrike({ fault, on }: Strike): void {
  if (!isRunFault(fault)) chooseFault(fault, on === "pair" ? undefined : "host-a");
}

/** Whether a strike ends the drill's own run, so that the same drill has to be run again. */
export function endsRun({ fault }: Strike): boolean {
  return isRunFault(fault) && fault.endsWith("-killed");
}

/** Does what a strike says. @throws UserError or LabError when it cannot be done */
export async function doStrike({ fault, on }: Strike, field: Battlefield, progress: Progress): Promise<void> {
  if (isRunFault(fault)) return strikeRun(fault, field, progress);
  const host = on === "primary" ? field.primary.name : on === "standby" ? field.standby.name : undefined;
  await strikeFault(fault, host, progress);
}

async function strikeRun(fault: RunFault, field: Battlefield, progress: Progress): Promise<void> {
  const { primary, drill, pair, folder, onEnvConfig } = field;
  switch (fault) {
    case "run-killed":
      drill?.killAll();
      return;
    case "provider-killed":
      drill?.killProvider();
      return;
    case "engine-run-killed":
      drill?.killEngine();
      return;
    case "host-returns":
      await withLabLock(progress, () => powerLoss.heal(primary));
      return;
    case "pending-changes":
      onEnvConfig(declareChange(pair, folder));
      return;
    case "primary-emptied":
      await emptyPrimary(primary, progress);
  }
}
