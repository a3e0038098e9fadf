import type { Environment } from "../../../settings/environment";
import type { NamedHost } from "../../../settings/pair";
import { SUPERUSER } from "../../../settings/names";
import type { StoreName } from "../../../settings/services";
import { UserError } from "../../../settings/user-error";
import { connectEngine } from "../../hosts/engine";
import { backupHosts } from "./backup-container";
import type { Backup } from "./backups";
import { removeOpen } from "./leave-open";
import { openScratch } from "./scratch";

/** How long a restored store can be read, seconds. */
export const OPEN_SECONDS = 3600;

/** A restored store that a person can read now. */
export interface OpenRestored {
  readonly service: StoreName;
  readonly backup: Backup;
  /** The host that keeps the backups: there it runs. */
  readonly on: NamedHost;
  readonly container: string;
  /** What can be read: databases of PostgreSQL; of Redis those with keys, such as `db0`. */
  readonly databases: readonly string[];
  /** When its server ends by itself. */
  readonly until: string;
}

const DATABASES: Readonly<Record<StoreName, readonly string[]>> = {
  timescaledb: [
    ...["psql", "-h", "/tmp", "-U", SUPERUSER, "-d", "template1", "-AtqX", "-c"],
    "select datname from pg_database where datallowconn and not datistemplate order by 1",
  ],
  redis: [
    "sh",
    "-c",
    `redis-cli --raw info keyspace | tr -d '\\r' | sed -n 's/^\\(db[0-9]*\\):.*/\\1/p' | grep . || echo db0`,
  ],
};

/**
 * Restores a store of `host` as far as `at`, and leaves it running for an hour where nobody but its container reaches it.
 * @throws UserError when there is no such backup; then nothing is left running
 */
export async function openRestored(
  environment: Environment,
  host: string,
  service: StoreName,
  at: string | undefined,
): Promise<OpenRestored> {
  const { peer: on } = backupHosts(environment, host);
  const scratch = await openScratch(environment, host, true);
  try {
    const { backup, run } = await scratch.restore(service, at);
    const databases = (await run(DATABASES[service])).split("\n").filter(Boolean);
    const until = new Date(Date.now() + OPEN_SECONDS * 1000).toISOString();
    await scratch.leaveOpen(service, OPEN_SECONDS);
    return { service, backup, on, container: scratch.volumeOf(service), databases, until };
  } catch (error) {
    await scratch.close();
    throw error;
  }
}

/** Takes away what `openRestored` left of backups of `host`. @throws UserError, exit code 3, when there is nothing */
export async function closeRestored(environment: Environment, host: string): Promise<number> {
  const engine = connectEngine(backupHosts(environment, host).peer);
  try {
    const removed = await removeOpen(engine.docker);
    if (removed > 0) return removed;
    throw new UserError(`no restored backup of ${host} is open`, `understudy backup restore --host ${host} --open`, 3);
  } finally {
    engine.close();
  }
}
