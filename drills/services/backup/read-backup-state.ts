import type { Environment } from "../../../settings/environment";
import { namedHosts, pairBackup } from "../../../settings/pair";
import { parseLsn, type Lsn } from "../../../evidence/lsn";
import type { PostgresSession } from "../../hosts/postgres";
import { oneRow } from "../../hosts/postgres";
import { messageOf } from "../../../settings/user-error";
import { parseBackups, type Backup } from "./backups";
import { backupHosts, withBackupContainer, type BackupContainer } from "./backup-container";
import { parseStatus, type BackupStatus } from "./backup-status";
import { parseLogBatches, wholeLog, type LogBatch } from "./log-batches";
import type { LogFile } from "./wal-archive";

/** What is known of one host's backups; what could not be read is null, and `problem` says why. */
export interface BackupState {
  readonly host: string;
  /** Where they lie. */
  readonly on: string;
  readonly backups: readonly Backup[] | null;
  /** Its archived write-ahead log, in the folder and in the repository. */
  readonly log: readonly LogFile[] | null;
  /** What of the log lies in the repository, of logs that were set aside too. */
  readonly batches: readonly LogBatch[] | null;
  /** The end of the host's own write-ahead log, read after `log`. */
  readonly currentLsn: Lsn | null;
  /** `sound`, or what is damaged; null when it was not looked at. */
  readonly integrity: string | null;
  readonly freeBytes: number | null;
  /** How far the clock of `on` is ahead of the operator's, whole seconds, at least; negative: behind. Null: not read. */
  readonly clockOffSeconds: number | null;
  /** How the last attempts to back the host up ended, as far as a container could be asked. */
  readonly statuses: readonly BackupStatus[];
  readonly problem: string | null;
}

/** Reads a session's end of write-ahead log, whatever its role. */
async function currentLsn(sql: PostgresSession): Promise<Lsn | null> {
  const { lsn } = await oneRow<{ lsn: string | null }>(
    sql,
    "select (case when pg_is_in_recovery() then pg_last_wal_receive_lsn() else pg_current_wal_flush_lsn() end)::text as lsn",
  );
  return lsn === null ? null : parseLsn(lsn);
}

/** How long an integrity check may take. */
const CHECK_MS = 600_000;

/**
 * Reads the backups of `host` where they lie; changes nothing.
 * @param sql a session to the host's own server; without it nothing is known of how far the archive is behind
 * @param checkMib how much of the repository is read back, chosen at random; null: integrity is not looked at
 * @param earlier what was read before, with no backup taken since: the repository is not read again
 */
export async function readBackupState(
  environment: Environment,
  host: string,
  {
    sql,
    checkMib,
    earlier,
  }: { readonly sql?: PostgresSession; readonly checkMib: number | null; readonly earlier?: BackupState },
): Promise<BackupState> {
  const { peer } = backupHosts(environment, host);
  const nothing = {
    host,
    on: peer.name,
    backups: null,
    log: null,
    batches: null,
    currentLsn: null,
    integrity: null,
    freeBytes: null,
    clockOffSeconds: null,
  };
  try {
    return await withBackupContainer(environment, peer.name, async (container) => {
      const asked = Date.now();
      // What the attempts of a container came to is known also where the backups in it cannot be read.
      // The log's folder first: files go from there into the repository, never back.
      const [status, answered] = await container.ask(["status"]).then((said) => [said, Date.now()] as const);
      const read = earlier
        ? repositoryOf(earlier)
        : await readRepository(container, checkMib).catch((error: unknown) => ({
            problem: readingProblem(error, host, peer.name),
          }));
      const { statuses, freeBytes, now } = parseStatus(status);
      const clockOffSeconds = now === null ? null : clockOff(now, asked, answered);
      if ("problem" in read) return { ...nothing, freeBytes, clockOffSeconds, statuses, problem: read.problem };
      const log = wholeLog(status, read.batches ?? []);
      const position = sql ? await currentLsn(sql).catch(() => null) : null;
      return {
        host,
        on: peer.name,
        ...read,
        log,
        currentLsn: position,
        freeBytes,
        clockOffSeconds,
        statuses,
        problem: null,
      };
    });
  } catch (error) {
    return { ...nothing, statuses: [], problem: readingProblem(error, host, peer.name) };
  }
}

/** What only restic tells: it takes a processor for a second to open a repository, and longer to read it. */
type Repository = Pick<BackupState, "backups" | "batches" | "integrity"> | { readonly problem: string };

async function readRepository(container: BackupContainer, checkMib: number | null): Promise<Repository> {
  const [list, words] = await Promise.all([
    container.ask(["list"]),
    checkMib === null ? null : container.ask(["check", String(checkMib)], CHECK_MS),
  ]);
  return { backups: parseBackups(list), batches: parseLogBatches(list), integrity: words?.trim() ?? null };
}

function repositoryOf({ host, backups, batches, integrity, problem }: BackupState): Repository {
  if (backups !== null) return { backups, batches, integrity };
  return { problem: problem ?? `the backups of ${host} were not read` };
}

/**
 * Reads the backups of every host of a pair; nothing where nothing is backed up. The parameters are `readBackupState`'s.
 * With something `earlier` a drill is under way beside its clients: one host after the other.
 */
export async function readBackupStates(
  environment: Environment,
  sessions: Readonly<Record<string, PostgresSession>>,
  checkMib: number | null,
  earlier: readonly BackupState[] = [],
): Promise<readonly BackupState[]> {
  if (pairBackup(environment) === undefined) return [];
  const readings = namedHosts(environment).map(({ name }) => {
    const [sql, known] = [sessions[name], earlier.find(({ host }) => host === name)];
    return () =>
      readBackupState(environment, name, {
        checkMib,
        ...(sql === undefined ? {} : { sql }),
        ...(known === undefined ? {} : { earlier: known }),
      });
  });
  const states: BackupState[] = [];
  if (earlier.length === 0) states.push(...(await Promise.all(readings.map((read) => read()))));
  else for (const read of readings) states.push(await read());
  // Of most services the host itself knows, of PostgreSQL and of the repository the other one.
  const statuses = states.flatMap((one) => one.statuses);
  return states.map((one) => ({ ...one, statuses: statuses.filter(({ host }) => host === one.host) }));
}

/** Seconds that a clock is ahead of another, at least: it was read some time between the two, and tells whole seconds. */
export function clockOff(theirSeconds: number, askedMs: number, answeredMs: number): number {
  const [least, most] = [theirSeconds - answeredMs / 1000, theirSeconds + 1 - askedMs / 1000];
  return least > 0 ? Math.floor(least) : most < 0 ? Math.ceil(most) : 0;
}

/** Why a host's backups could not be read, without the words of the command that was tried. */
export function readingProblem(error: unknown, host: string, on: string): string {
  const words = messageOf(error).replace(/^\S+: sh \/understudy\/ask\.sh .*? exited \d+: /, "");
  return `the backups of ${host} on ${on} cannot be read: ${words}`;
}
