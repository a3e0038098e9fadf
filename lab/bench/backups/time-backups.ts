import { backupHosts, withBackupContainer } from "../../../drills/services/backup/backup-container";
import { backupNow } from "../../../drills/services/backup/backup-now";
import { chooseBackup, listBackups } from "../../../drills/services/backup/backups";
import { openScratch } from "../../../drills/services/backup/scratch";
import { readInContainer } from "../../../drills/hosts/run-in-container";
import type { Environment } from "../../../settings/environment";
import { containerName } from "../../../settings/names";
import { SERVICE_NAMES } from "../../../settings/services";
import { seconds, type Progress } from "../../host/progress";
import type { RepositorySize, TimedBackup, TimedRestore } from "./backups-series";

/** How often a backup and a restore are timed. */
export const ROUNDS = 3;

/** Takes backups of PostgreSQL of `host`, one after the other, as `understudy backup now` does. @throws Error with the reason of one that fails */
export async function timeBackups(
  environment: Environment,
  host: string,
  stop: AbortSignal,
  progress: Progress,
): Promise<TimedBackup[]> {
  const taken: TimedBackup[] = [];
  for (let round = 1; round <= ROUNDS && !stop.aborted; round += 1) {
    const began = performance.now();
    const { bytes, addedBytes } = await backupNow(environment, host, "timescaledb");
    const tookMs = performance.now() - began;
    taken.push({ seconds: Math.round(tookMs) / 1000, bytes, addedBytes });
    progress(`backup ${round}/${ROUNDS} of PostgreSQL  ${seconds(tookMs)}`);
  }
  return taken;
}

/** Restores the newest backup of PostgreSQL of `host` into a scratch network, again and again. @throws Error with the reason of one that fails */
export async function timeRestores(
  environment: Environment,
  host: string,
  stop: AbortSignal,
  progress: Progress,
): Promise<TimedRestore[]> {
  const restored: TimedRestore[] = [];
  for (let round = 1; round <= ROUNDS && !stop.aborted; round += 1) {
    const scratch = await openScratch(environment, host);
    try {
      const one = await scratch.restore("timescaledb");
      restored.push({ seconds: one.seconds, bytes: one.bytes });
      progress(`restore ${round}/${ROUNDS} of PostgreSQL  ${seconds(one.seconds * 1000)}`);
    } finally {
      await scratch.close();
    }
  }
  return restored;
}

/** Measures what the backups of `host` take up, where they lie. @throws Error when that host does not answer */
export async function readRepositorySize(environment: Environment, host: string): Promise<RepositorySize> {
  const { peer } = backupHosts(environment, host);
  const backups = await listBackups(environment, host);
  const newest = SERVICE_NAMES.map((service) => chooseBackup(backups, service)?.bytes ?? null);
  const bytesUnder = async (folder: string): Promise<number> =>
    withBackupContainer(environment, peer.name, async ({ engine }) => {
      const said = await readInContainer(engine.docker, containerName("backup"), ["du", "-sb", folder]);
      return Number(/^\d+/.exec(said)?.[0]);
    });
  return {
    dataBytes: newest.some((bytes) => bytes === null) ? null : newest.reduce<number>((sum, one) => sum + (one ?? 0), 0),
    repositoryBytes: await bytesUnder(`/backup/repository/${host}`),
    logBytes: await bytesUnder(`/backup/wal/${host}`),
    backups: backups.length,
  };
}
