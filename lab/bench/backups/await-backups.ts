import { listBackups } from "../../../drills/backup/list-backups";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES } from "../../../settings/services";
import { LabError } from "../../run";
import { waitUntil } from "../../wait";

const RENEWED_MS = 600_000;
const LOOK_MS = 2000;

/**
 * Waits until every service of `host` has a backup that was begun after `sinceMs`, epoch milliseconds: after a swap the containers take
 * them by themselves, and the next swap restores them first.
 * @throws LabError naming what is missing after 10 min
 */
export async function awaitBackupsSince(environment: Environment, host: string, sinceMs: number): Promise<void> {
  let missing: readonly string[] = SERVICE_NAMES;
  const renewed = await waitUntil(
    async () => {
      const backups = await listBackups(environment, host).catch(() => []);
      missing = SERVICE_NAMES.filter(
        (service) => !backups.some((one) => one.service === service && Date.parse(one.begunAt ?? "") >= sinceMs),
      );
      return missing.length === 0;
    },
    RENEWED_MS,
    LOOK_MS,
  );
  if (!renewed) throw new LabError(`no new backup of ${missing.join(", ")} of ${host}; next: understudy backup check`);
}
