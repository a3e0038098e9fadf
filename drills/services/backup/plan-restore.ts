import { hasLogArchive, type ServiceName } from "../../../settings/services";
import { UserError } from "../../../settings/user-error";
import { chooseBackup, type Backup } from "./backups";
import { chooseBase, type RecoveryTarget } from "./recovery-target";
import { parseLsn } from "../../../evidence/lsn";
import { parseWholeLog } from "./log-batches";
import { logBytes, logGap, lastPositionFor } from "./wal-archive";

/** Which backup a restore reads, and what else `restore.sh` is told. */
export interface RestorePlan {
  readonly backup: Backup;
  /** For PostgreSQL the first segment of the write-ahead log that it needs, and the last position where that is known. */
  readonly words: readonly string[];
  /** Room that its data need, the write-ahead log included; null when the backup does not say. */
  readonly bytes: number | null;
}

const NEXT = "understudy backup list";

function nothing(service: ServiceName, target: RecoveryTarget, backups: readonly Backup[]): UserError {
  const oldest = backups.find((one) => one.service === service);
  const words = oldest === undefined ? "there is none" : `the oldest is of ${oldest.at}`;
  const until = target.kind === "newest" ? "" : ` that ${JSON.stringify(target)} could be reached from`;
  return new UserError(`no backup of ${service}${until}: ${words}`, NEXT, 2);
}

/**
 * Chooses the backup that brings `service` to `target`. Only PostgreSQL can be brought to a position or a named point;
 * the others have the times of their backups.
 * @param log what `ask.sh wal` says, for PostgreSQL
 * @throws UserError when there is no such backup, or the write-ahead log that it needs is not whole
 */
export function planRestore(
  backups: readonly Backup[],
  service: ServiceName,
  target: RecoveryTarget,
  log: string,
): RestorePlan {
  if (hasLogArchive(service)) {
    const backup = chooseBase(backups, target);
    if (backup?.base == null) throw nothing(service, target, backups);
    const files = parseWholeLog(log);
    const gap = logGap(files, backup.base.firstSegment);
    if (gap !== undefined) throw new UserError(`the write-ahead log of ${backup.host} has a gap: ${gap}`, NEXT);
    const { firstSegment } = backup.base;
    const last = target.kind === "lsn" ? lastPositionFor(files, parseLsn(target.lsn)) : undefined;
    const bytes = backup.bytes === null ? null : backup.bytes + logBytes(files, firstSegment, last);
    return { backup, words: last === undefined ? [firstSegment] : [firstSegment, last], bytes };
  }
  if (target.kind === "lsn" || target.kind === "name") {
    throw new UserError(`${service} cannot be brought to ${JSON.stringify(target)}: only to a time`, NEXT, 2);
  }
  const backup = chooseBackup(backups, service, target.kind === "time" ? new Date(target.at).toISOString() : undefined);
  if (backup === undefined) throw nothing(service, target, backups);
  return { backup, words: [], bytes: backup.bytes };
}
