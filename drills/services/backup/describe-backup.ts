import { backupSchedule, type BackupSection } from "../../../settings/backup-section";
import type { ServiceBackup } from "../../../evidence/continuity";
import type { Backup } from "./backups";

/** A backup in the words of the evidence. @param now epoch milliseconds, when it was looked for */
export function describeBackup({ id, at, bytes, service }: Backup, section: BackupSection, now: number): ServiceBackup {
  return {
    id,
    takenAt: at,
    ageSeconds: Math.max(0, (now - Date.parse(at)) / 1000),
    maxAgeSeconds: backupSchedule(section, service).maxAgeSeconds,
    bytes,
  };
}
