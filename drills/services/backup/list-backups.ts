import type { Environment } from "../../../settings/environment";
import type { ServiceName } from "../../../settings/services";
import { backupHosts, withBackupContainer } from "./backup-container";
import { parseBackups, type Backup } from "./backups";

/**
 * Every backup of `host`, oldest first, of one service or of all; read on the other host, where they lie.
 * @throws Error when that host or its repository cannot be read
 */
export async function listBackups(
  environment: Environment,
  host: string,
  service?: ServiceName,
): Promise<readonly Backup[]> {
  const { peer } = backupHosts(environment, host);
  const json = await withBackupContainer(environment, peer.name, (container) => container.ask(["list"]));
  return parseBackups(json).filter((one) => service === undefined || one.service === service);
}
