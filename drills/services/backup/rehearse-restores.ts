import { pollUntil } from "../../hosts/bounded";
import { oneRow, type PostgresSession } from "../../hosts/postgres";
import { prunedPostgresMs, prunedRedisMs } from "../../hosts/pruned";
import type { HostSessions } from "../../hosts/sessions";
import type { Backup } from "./backups";
import { compareContent, type Content } from "./content/content";
import type { JournalPart } from "./content/journal";
import { readUserData, unchangedBetween, userContent } from "./content/user-data";
import { askHost, askRestored } from "./user-data-asks";
import { comparedUntil, recordedContent, restoredContent, tracesIn } from "./restored-content";
import { openScratch, type Scratch } from "./scratch";
import type { ServiceBackup, ServiceRestore } from "../../../evidence/continuity";
import type { Check } from "../../../evidence/document";
import { backupSchedule, type BackupSection } from "../../../settings/backup-section";
import type { Credentials } from "../../../settings/credentials";
import type { Environment } from "../../../settings/environment";
import { pairBackup } from "../../../settings/pair";
import { SERVICE_NAMES, hasLogArchive, type ServiceName } from "../../../settings/services";
import { messageOf } from "../../../settings/user-error";

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

/** What became of restoring the newest backup of one service. */
export interface RehearsedRestore {
  readonly service: ServiceName;
  /** Null when there was none to restore. */
  readonly backup: Backup | null;
  readonly restore: ServiceRestore;
}

const ARCHIVED_MS = 10_000;
const SHOWN_MS = 20_000;

/**
 * Restores the newest backup of every service of `from`, on the host that keeps them, into a scratch network, side by side,
 * and compares what came of it with what it must hold. The services of neither host are touched, and nothing of it is
 * left. Nothing where nothing is backed up; what goes wrong is a result.
 */
export async function rehearseRestores(
  from: HostSessions,
  environment: Environment,
  credentials: Credentials,
): Promise<readonly RehearsedRestore[]> {
  if (pairBackup(environment) === undefined) return [];
  let scratch: Scratch;
  try {
    scratch = await openScratch(environment, from.host.name);
  } catch (error) {
    return SERVICE_NAMES.map((service) => ({ service, backup: null, restore: failedRestore(error, 0) }));
  }
  try {
    return await Promise.all(
      SERVICE_NAMES.map((service) => rehearseRestore(service, scratch, { from, environment, credentials })),
    );
  } finally {
    await scratch.close();
  }
}

function failedRestore(error: unknown, durationMs: number): ServiceRestore {
  return { outcome: "failed", reason: messageOf(error) || "no reason was told", durationMs, compared: [] };
}

async function rehearseRestore(
  service: ServiceName,
  scratch: Scratch,
  { from, environment, credentials }: { from: HostSessions; environment: Environment; credentials: Credentials },
): Promise<RehearsedRestore> {
  const began = performance.now();
  const passed = (): number => Math.round(performance.now() - began);
  let backup: Backup | null = null;
  try {
    const theirs = askHost(from);
    const before = hasLogArchive(service) ? await readUserData(theirs) : null;
    const now = hasLogArchive(service) ? await archivedUntil(from.sql) : Date.now();
    const restored = await scratch.restore(service);
    backup = restored.backup;
    const until = comparedUntil(backup, now);
    const traces = tracesIn(backup, scratch.backups);
    const { recorded, part } = await recordedUnpruned(backup, until, traces, from, environment);
    const brought = before && (await readUserData(askRestored(restored), before));
    // A service that has just begun may not show everything at once.
    const { reading } = await pollUntil(
      async () => {
        // What changed since the first reading says nothing of a restore: it may hold either.
        const same = before && unchangedBetween(before, await readUserData(theirs, before));
        const here = before && same ? userContent(before, same) : {};
        const there = brought && same ? userContent(brought, same) : {};
        const content = await restoredContent(restored, part, traces, credentials);
        return compareContent({ ...recorded, ...here }, { ...content, ...there });
      },
      ({ outcome }) => outcome === "equal",
      { deadlineMs: SHOWN_MS, pauseMs: 1000 },
    );
    return { service, backup, restore: { ...reading, durationMs: passed() } };
  } catch (error) {
    return { service, backup, restore: failedRestore(error, passed()) };
  }
}

/** What the running service holds, counted while nothing of its journal was pruned: what is older is not compared. */
async function recordedUnpruned(
  backup: Backup,
  untilMs: number,
  traces: readonly string[],
  from: HostSessions,
  environment: Environment,
): Promise<{ recorded: Content; part: JournalPart }> {
  const pruned = (): Promise<number> => {
    if (backup.service === "timescaledb") return prunedPostgresMs(from.sql);
    return backup.service === "redis" ? prunedRedisMs(from.redis) : Promise.resolve(0);
  };
  for (let sinceMs = await pruned(); ;) {
    const part = { sinceMs, untilMs };
    const recorded = await recordedContent(backup, part, traces, from, environment);
    sinceMs = await pruned();
    if (sinceMs === part.sinceMs) return { recorded, part };
  }
}

/** Waits until the archive has what the server had written when it was asked, and gives that moment on its clock. */
async function archivedUntil(sql: PostgresSession): Promise<number> {
  const { now, lsn } = await oneRow<{ now: string; lsn: string }>(
    sql,
    "select (1000 * extract(epoch from clock_timestamp()))::bigint::text as now, pg_current_wal_lsn()::text as lsn",
  );
  const { reached } = await pollUntil(
    () =>
      oneRow<{ there: boolean | null }>(
        sql,
        "select bool_or(write_lsn >= $1::pg_lsn) as there from pg_stat_replication where application_name = 'understudy_archive'",
        [lsn],
      ),
    ({ there }) => there === true,
    { deadlineMs: ARCHIVED_MS, pauseMs: 100 },
  );
  if (!reached) throw new Error(`the archive of the write-ahead log did not reach ${lsn} within ${ARCHIVED_MS} ms`);
  return Number(now);
}

/** One check for each service: what its newest backup gave. */
export function restoreChecks(rehearsed: readonly RehearsedRestore[], host: string): Check[] {
  return rehearsed.map(({ service, restore: { outcome, reason } }) => ({
    name: `${service} restored from its newest backup`,
    host,
    measured: outcome === "equal" ? outcome : `${outcome}: ${reason ?? "no reason was told"}`,
    limit: "equal",
    ok: outcome === "equal",
  }));
}

/** The backups that were restored, in the words of the evidence. @param now epoch milliseconds, when they were looked for */
export function backupsOf(
  rehearsed: readonly RehearsedRestore[],
  environment: Environment,
  now: number,
): Partial<Record<ServiceName, ServiceBackup>> {
  const section = pairBackup(environment);
  if (section === undefined) return {};
  return Object.fromEntries(
    rehearsed.flatMap(({ service, backup }) =>
      backup === null ? [] : [[service, describeBackup(backup, section, now)]],
    ),
  );
}

/** What restoring them gave; nothing of a service that had no backup. */
export function restoresOf(rehearsed: readonly RehearsedRestore[]): Partial<Record<ServiceName, ServiceRestore>> {
  return Object.fromEntries(
    rehearsed.flatMap(({ service, backup, restore }) => (backup === null ? [] : [[service, restore]])),
  );
}
