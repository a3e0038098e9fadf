import { backupSchedule } from "../../../settings/backup-section";
import { pairBackup } from "../../../settings/pair";
import type { Environment } from "../../../settings/environment";
import { hasLogArchive, SERVICE_NAMES, type ServiceName } from "../../../settings/services";
import { aheadOf, chooseBackup } from "./backups";
import { readBackupStates, type BackupState } from "./read-backup-state";

/** The newest backup of a service's data. */
export interface LastBackup {
  /** ISO 8601; null when there is none, or nobody could be asked. */
  readonly finishedAt: string | null;
  /** Why it cannot be relied on; null when it is good. */
  readonly problem: string | null;
}

/** Newest backups by host and service, as `host service`; what has none is not in it. */
export type LastBackups = ReadonlyMap<string, LastBackup>;

/** The newest backup of every service of every host, and what is wrong with it; empty where nothing is backed up. */
export async function readLastBackups(environment: Environment): Promise<LastBackups> {
  return lastBackups(await readBackupStates(environment, {}, null), environment, Date.now());
}

/** The same of what was read. Pure. @param now epoch milliseconds */
export function lastBackups(states: readonly BackupState[], environment: Environment, now: number): LastBackups {
  return new Map(
    states.flatMap((state) =>
      SERVICE_NAMES.map(
        (service) => [`${state.host} ${service}`, lastBackup(state, service, environment, now)] as const,
      ),
    ),
  );
}

function lastBackup(
  { backups, statuses, problem }: BackupState,
  service: ServiceName,
  environment: Environment,
  now: number,
): LastBackup {
  if (backups === null) return { finishedAt: null, problem: problem ?? "cannot be read" };
  const newest = chooseBackup(backups, service);
  const attempt = statuses.find((one) => one.service === service);
  const archive = statuses.find((one) => one.service === "archive");
  const section = pairBackup(environment);
  const limit = section && backupSchedule(section, service).maxAgeSeconds;
  const age = newest === undefined ? null : Math.round((now - Date.parse(newest.at)) / 1000);
  const ahead = aheadOf(backups, service, now);
  const words = [
    newest === undefined ? "there is none yet" : null,
    age !== null && limit !== undefined && age > limit ? `${age} s old, at most ${limit} s are allowed` : null,
    ahead === undefined ? null : `its time is ${ahead.seconds} s in the future: a clock is, or was, wrong`,
    attempt?.result === "failed" ? `the last attempt failed: ${attempt.reason ?? "no reason was told"}` : null,
    hasLogArchive(service) && archive?.result === "failed" ? (archive.reason ?? "its log is not received") : null,
  ].filter((one) => one !== null);
  return { finishedAt: newest?.at ?? null, problem: words.length === 0 ? null : words.join("; ") };
}
