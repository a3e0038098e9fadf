import { bringUp } from "../../drills/failover/bring-up";
import { openSql } from "../../drills/hosts/sessions";
import { removeVolumes } from "../../drills/lifecycle/data-volumes";
import { dropIdleSlot } from "../../drills/stores/postgres";
import { loadEnvironment } from "../../settings/load-environment";
import { ARCHIVE_SLOT, volumeName } from "../../settings/names";
import { namedHosts } from "../../settings/pair";
import { good } from "./lab-pair";
import { labCredentials, labEnvironment, LAB_ENVIRONMENT, pulumi } from "./lab-stacks";

/** The lab's environment file with backups. */
export const BACKUP_ENVIRONMENT = "configs/deploy/environments/lab_backups.yaml";

const quiet = (): void => undefined;

async function declareEnvironment(file: string): Promise<void> {
  for (const stack of ["primary", "standby"])
    good(await pulumi("-s", stack, "config", "set", "understudy:environment", file));
}

/** Switches the lab's backups on; fulfils when every service of both hosts has been backed up once. */
export async function withBackups(): Promise<void> {
  await declareEnvironment(BACKUP_ENVIRONMENT);
  await bringUp(loadEnvironment(BACKUP_ENVIRONMENT), quiet);
}

/**
 * Switches them off again and leaves nothing of them on either host: no container, which the engine removes with what
 * scrapes it, no volume, which it would keep, and no slot, which would hold back the write-ahead log.
 */
export async function withoutBackups(): Promise<void> {
  await declareEnvironment(LAB_ENVIRONMENT);
  const environment = labEnvironment();
  await bringUp(environment, quiet);
  const credentials = await labCredentials();
  for (const host of namedHosts(environment)) {
    await removeVolumes(host, [volumeName("backup")]);
    const sql = await openSql(host, environment, credentials);
    await dropIdleSlot(sql, ARCHIVE_SLOT).finally(() => sql.end());
  }
}
