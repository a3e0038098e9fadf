import { setTimeout as sleep } from "node:timers/promises";
import { openBackupContainer } from "../../../drills/services/backup/backup-container";
import { parseLsn } from "../../../evidence/lsn";
import { oneRow, type PostgresSession } from "../../../drills/hosts/postgres";
import type { Environment } from "../../../settings/environment";
import { containerName } from "../../../settings/names";
import { viewFrom } from "../../../settings/pair";
import { LabError } from "../../host/run";
import { scriptCommand, startContainerJob } from "../container-job";
import {
  archiveLagOf,
  parseArchivePosition,
  type ArchiveLag,
  type ArchivePosition,
  type ServerPosition,
} from "./archive-lag";

const SAMPLE_SECONDS = 30;
const LOOK_MS = 10;
/** Positions of the server are read before the first sample of the archive, so that the archive is not behind all of them. */
const AHEAD_MS = 3000;

/** Reads the end of the server's write-ahead log again and again, until `stop`. */
async function watchServer(sql: PostgresSession, stop: AbortSignal): Promise<readonly ServerPosition[]> {
  const positions: ServerPosition[] = [];
  while (!stop.aborted) {
    const atMs = Date.now();
    const { lsn } = await oneRow<{ lsn: string }>(sql, "select pg_current_wal_flush_lsn()::text as lsn");
    positions.push({ atMs, lsn: parseLsn(lsn) });
    await sleep(LOOK_MS);
  }
  return positions;
}

/**
 * Compares the archive of `host`'s write-ahead log, on the other host, with the server for half a minute. Both are read by the clock of
 * the one machine that the lab is.
 * @param sql a session to the server of `host`, which is primary
 * @throws LabError when the archive could never be read
 */
export async function sampleArchive(environment: Environment, host: string, sql: PostgresSession): Promise<ArchiveLag> {
  const { peer } = viewFrom(environment, host);
  const container = openBackupContainer(environment, peer?.name ?? host);
  const samples: (ArchivePosition | null)[] = [];
  const enough = new AbortController();
  const server = watchServer(sql, enough.signal);
  try {
    await sleep(AHEAD_MS);
    const words = [`/backup/wal/${host}`, String(SAMPLE_SECONDS)];
    const job = await startContainerJob(
      container.engine.docker,
      containerName("backup"),
      scriptCommand("backups/archive-position.sh", words),
      (line) => {
        const position = parseArchivePosition(line);
        if (position !== undefined) samples.push(position);
      },
    );
    await sleep(SAMPLE_SECONDS * 1000);
    await job.stop();
  } finally {
    enough.abort();
    container.close();
  }
  const lag = archiveLagOf(samples, await server);
  if (lag.behindMs.measured > 0) return lag;
  throw new LabError(
    `the archive of ${host}'s write-ahead log was never read: ${samples.length} samples; next: understudy backup check`,
  );
}
