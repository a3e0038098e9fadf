import { randomBytes } from "node:crypto";
import type { Environment } from "../../../settings/environment";
import { hasLogArchive, type ServiceName } from "../../../settings/services";
import { backupHosts, openBackupContainer, withBackupContainer, type BackupContainer } from "./backup-container";
import { parseBackups, type Backup } from "./backups";
import { leaveOpen } from "./leave-open";
import { planRestore, type RestorePlan } from "./plan-restore";
import { parseRecoveryTarget, type RecoveryTarget } from "./recovery-target";
import { ScratchPlace, type ScratchService } from "./scratch-place";
import { scratchPlan } from "./scratch-plan";

/** A network on the host that keeps the backups of `host`, with a hub container that reads them. */
export interface Scratch {
  /** Whose backups are restored. */
  readonly host: string;
  /** Where that is done. */
  readonly on: string;
  /** What there is to restore, read once. */
  readonly backups: readonly Backup[];
  /** Restores the newest backup of a service, or the newest not after `at`; several may be restored at a time. */
  restore(service: ServiceName, at?: string): Promise<ScratchService>;
  /** Name of the volume that a service's restored data are in. */
  volumeOf(service: ServiceName): string;
  /** Removes containers, volumes and network; never throws. */
  close(): Promise<void>;
  /** Leaves a restored store for a person to read, for so many seconds, and lets go of the place. */
  leaveOpen(service: ServiceName, seconds: number): Promise<void>;
}

/** Opens the isolated place in which backups of `host` are restored; the services of neither host are touched. */
export async function openScratch(environment: Environment, host: string, forReading = false): Promise<Scratch> {
  const { peer } = backupHosts(environment, host);
  const container = openBackupContainer(environment, peer.name);
  const { docker } = container.engine;
  const place = new ScratchPlace(docker, `understudy-scratch-${randomBytes(4).toString("hex")}`);
  try {
    const backups = parseBackups(await container.ask(["list"]));
    await place.open(forReading);
    return {
      host,
      on: peer.name,
      backups,
      restore: async (service, at) => {
        const target = parseRecoveryTarget(at);
        const plan = await planned(container, backups, service, target);
        const former = (await place.filesOf(service)).length === 0;
        return place.restore(plan.backup, plan.words, scratchPlan(service, target, former));
      },
      volumeOf: (service) => place.nameOf(service),
      leaveOpen: async (service, seconds) => {
        await leaveOpen(docker, place.name, { service, container: place.nameOf(service) }, seconds);
        container.close();
      },
      close: async () => {
        await place.remove();
        container.close();
      },
    };
  } catch (error) {
    await place.remove();
    container.close();
    throw error;
  }
}

async function planned(
  container: BackupContainer,
  backups: readonly Backup[],
  service: ServiceName,
  target: RecoveryTarget,
): Promise<RestorePlan> {
  return planRestore(backups, service, target, hasLogArchive(service) ? await container.ask(["wal"]) : "");
}

/**
 * Which backup a restore of `service` of `host` would read, and how much room it needs; restores nothing.
 * @throws UserError when there is no such backup
 */
export async function planOf(
  environment: Environment,
  host: string,
  service: ServiceName,
  at?: string,
): Promise<RestorePlan> {
  const { peer } = backupHosts(environment, host);
  const target = parseRecoveryTarget(at);
  return withBackupContainer(environment, peer.name, async (container) =>
    planned(container, parseBackups(await container.ask(["list"])), service, target),
  );
}
