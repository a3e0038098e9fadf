import { backupNow } from "../../../drills/services/backup/backup-now";
import { chooseBackup } from "../../../drills/services/backup/backups";
import { listBackups } from "../../../drills/services/backup/list-backups";
import { messageOf } from "../../../settings/user-error";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";
import { LabError } from "../../host/run";
import { waitUntil } from "../../host/wait";

const RENEWED_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Makes sure that every service of `host` has a backup that was begun after `sinceMs`, epoch milliseconds: the next swap restores them
 * first, and what was carried over in the last one is in none before. Those that the containers take by themselves are waited for.
 * @throws LabError naming what is missing after 10 min, and the last reason
 */
export async function renewBackups(environment: Environment, host: string, sinceMs: number): Promise<void> {
  // A backup tells its beginning in whole seconds.
  const since = Math.floor(sinceMs / 1000) * 1000;
  let missing: readonly ServiceName[] = SERVICE_NAMES;
  let why = "";
  const renewed = await waitUntil(
    async () => {
      try {
        const backups = await listBackups(environment, host);
        missing = SERVICE_NAMES.filter(
          (service) => !(Date.parse(chooseBackup(backups, service)?.begunAt ?? "") >= since),
        );
        // One that is being taken already is not taken twice: this fails then, and is looked for again.
        for (const service of missing) await backupNow(environment, host, service);
        return missing.length === 0;
      } catch (error) {
        why = messageOf(error);
        return false;
      }
    },
    RENEWED_MS,
    LOOK_MS,
  );
  if (renewed) return;
  throw new LabError(`no new backup of ${missing.join(", ")} of ${host}: ${why}; next: understudy backup check`);
}
