import { statfsSync } from "node:fs";
import { loadavg } from "node:os";
import { dropIdleSlot, type PostgresSession } from "../../../drills/hosts/postgres";
import { connectEngine } from "../../../drills/hosts/engine";
import { asSession, localServer } from "../../../drills/hosts/local-postgres";
import { alternateSwaps, type DeclaredLab, declareEnvironment, primaryOf, standAs } from "./alternate-swaps";
import { judgeBackups } from "./backups-text";
import type { BackupsSeries, ComparedSwap } from "./backups-series";
import { compareOutages } from "./compare-outages";
import { emptyJournal, fillJournal } from "./fill-journal";
import { sampleArchive } from "./sample-archive";
import { throughputOf } from "./throughput";
import { readRepositorySize, timeBackups, timeRestores } from "./time-backups";
import { distributionOf } from "../distribution";
import { startLoad } from "../load";
import type { Progress } from "../../host/progress";
import { LabError } from "../../host/run";
import { bringUp } from "../../../operator/failover/bring-up";
import { LAB_FOLDER } from "../../../settings/lab-folder";
import { loadEnvironment } from "../../../settings/load-environment";
import { ARCHIVE_SLOT } from "../../../settings/names";
import { namedHosts, viewFrom } from "../../../settings/pair";
import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { SYNC_CHECK } from "../../../settings/steps";

const MIB = 1024 * 1024;
/** What the lab's machine keeps of a journal of one MiB at most: both servers' data and log, two archives, copies, repository, restore. */
const COPIES = 16;
/** What everything else may grow by meanwhile, MiB. */
const BESIDE_MIB = 2048;

/** Room that the machine must have for a journal of this size, MiB. */
export function roomNeededMib(journalMib: number): number {
  return COPIES * journalMib + BESIDE_MIB;
}

/** @throws LabError when the machine has too little room for a journal of this size; nothing was changed */
export function checkRoom(journalMib: number): void {
  const { bavail, bsize } = statfsSync(LAB_FOLDER);
  const freeMib = Math.floor((bavail * bsize) / MIB);
  const needed = roomNeededMib(journalMib);
  if (freeMib >= needed) return;
  throw new LabError(
    `a journal of ${journalMib} MiB with its backups takes up to ${needed} MiB, and ${LAB_FOLDER} has ${freeMib} MiB free; next: understudy lab bench --series backups --journal-mib ${Math.max(1, Math.floor((freeMib - BESIDE_MIB) / COPIES))}`,
  );
}

const WITHOUT = "configs/deploy/environments/lab.yaml";
const WITH = "configs/deploy/environments/lab_backups.yaml";

/** What is measured of backups, where evidence goes, and what ends it early. */
export interface BackupsPlan {
  /** Size of the journal while backups and restores are timed, MiB. */
  readonly journalMib: number;
  /** Swaps with backups, and as many without. */
  readonly swaps: number;
  readonly stamp: string;
  readonly folder: string;
  readonly stop: AbortSignal;
}

type Timed = Pick<BackupsSeries, "journal" | "backups" | "restores" | "size" | "archive">;

function declared(file: string): DeclaredLab {
  return { file, environment: loadEnvironment(file) };
}

async function withSql<T>(lab: DeclaredLab, host: string, use: (sql: PostgresSession) => Promise<T>): Promise<T> {
  const engine = connectEngine(viewFrom(lab.environment, host).self);
  const server = localServer(engine.docker, host);
  try {
    return await use(asSession(await server.open()));
  } finally {
    server.close();
    engine.close();
  }
}

/** Backups, restores and the archive on a journal of the size that was asked for, which is taken away again. */
async function timeAll(lab: DeclaredLab, { journalMib, stamp, stop }: BackupsPlan, progress: Progress): Promise<Timed> {
  const { environment } = lab;
  const host = await primaryOf(lab);
  return withSql(lab, host, async (sql) => {
    const run = `bench-${stamp}-fill`;
    progress(`filling the journal of ${host} with ${journalMib} MiB`);
    try {
      const grownBytes = await fillJournal(sql, run, journalMib, progress);
      const backups = await timeBackups(environment, host, stop, progress);
      const size = await readRepositorySize(environment, host);
      const restores = await timeRestores(environment, host, stop, progress);
      const journal = { askedMib: journalMib, grownBytes };
      if (stop.aborted) return { journal, backups, restores, size, archive: null };
      progress("comparing the archive of the write-ahead log with the server, under load");
      const load = await startLoad(environment);
      const lag = await sampleArchive(environment, host, sql).catch(async (error: unknown) => {
        await load.stop();
        throw error;
      });
      const archive = { ...lag, load: await load.stop() };
      return { journal, backups, restores, size, archive };
    } finally {
      progress("taking the filled journal away");
      await emptyJournal(sql, run);
    }
  });
}

/** Declares the lab without backups again, and lets both servers forget the archive that nobody receives any more. */
async function leaveBackups(lab: DeclaredLab, progress: Progress): Promise<void> {
  declareEnvironment(lab.file);
  await bringUp(lab.environment, progress);
  for (const { name } of namedHosts(lab.environment))
    await withSql(lab, name, (sql) => dropIdleSlot(sql, ARCHIVE_SLOT));
}

/** Puts what was measured together. */
export function backupsSeries(
  timed: Timed,
  { swapsAsked, swaps, loadAverageBefore }: Pick<BackupsSeries, "swapsAsked" | "swaps" | "loadAverageBefore">,
): BackupsSeries {
  const outage = Object.fromEntries(
    STORE_NAMES.map((store) => [
      store,
      compareOutages(
        swaps.map(({ block, withBackups, outageMs }) => ({ block, withBackups, outageMs: outageMs[store] })),
      ),
    ]),
  ) as Record<StoreName, BackupsSeries["outage"][StoreName]>;
  const kept = swaps.filter(({ withBackups }) => withBackups);
  return {
    name: "backups",
    loadAverageBefore,
    ...timed,
    backup: throughputOf(timed.backups),
    restore: throughputOf(timed.restores),
    swapsAsked,
    swaps,
    outage,
    syncCheckMs: distributionOf(kept.map(({ stepMs }) => stepMs[SYNC_CHECK])),
    aims: judgeBackups({ archive: timed.archive, outage, swaps, swapsAsked }),
  };
}

/**
 * Brings the lab up with backups and measures what they do and cost; the lab is as it was declared before when it ends.
 * @param save receives what was measured before the swaps begin
 * @throws UserError, LabError or Error when the lab does not come up, has too little room, or a backup or restore fails
 */
export async function runBackups(
  plan: BackupsPlan,
  progress: Progress,
  save: (series: BackupsSeries) => void,
): Promise<BackupsSeries> {
  checkRoom(plan.journalMib);
  const loadAverageBefore = Math.round((loadavg()[0] ?? 0) * 100) / 100;
  const [withBackups, without] = [declared(WITH), declared(WITHOUT)];
  const seriesOf = (timed: Timed, swaps: readonly ComparedSwap[]): BackupsSeries =>
    backupsSeries(timed, { swapsAsked: plan.swaps, swaps, loadAverageBefore });
  try {
    await standAs(withBackups, plan.folder, `bench-${plan.stamp}-backups-dry`, progress);
    const timed = await timeAll(withBackups, plan, progress);
    save(seriesOf(timed, []));
    const swaps = await alternateSwaps({ ...plan, count: plan.swaps, withBackups, without }, progress);
    return seriesOf(timed, swaps);
  } finally {
    await leaveBackups(without, progress);
  }
}
