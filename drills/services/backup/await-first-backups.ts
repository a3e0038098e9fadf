import { pairBackup } from "../../../settings/pair";
import type { Environment } from "../../../settings/environment";
import { SERVICE_NAMES } from "../../../settings/services";
import { pollUntil } from "../../hosts/bounded";
import { UserError } from "../../../settings/user-error";
import { chooseBackup } from "./backups";
import { readBackupStates, type BackupState } from "./read-backup-state";

const FIRST_MS = 600_000;
const PAUSE_MS = 2000;

function missing(states: readonly BackupState[]): readonly string[] {
  return states.flatMap(({ host, backups }) =>
    SERVICE_NAMES.filter((service) => backups === null || chooseBackup(backups, service) === undefined).map(
      (service) => `${service} of ${host}`,
    ),
  );
}

/**
 * Waits until every service of every host has been backed up once: the containers begin with that when they start.
 * @throws UserError naming what is not there after 10 min, and why
 */
export async function awaitFirstBackups(environment: Environment, phase: (words: string) => void): Promise<void> {
  if (pairBackup(environment) === undefined) return;
  let told = -1;
  const { reading } = await pollUntil(
    () => readBackupStates(environment, {}, null),
    (states) => {
      const left = missing(states).length;
      if (left > 0 && left !== told) phase(`first backups: ${left} to be taken`);
      told = left;
      return left === 0;
    },
    { deadlineMs: FIRST_MS, pauseMs: PAUSE_MS },
  );
  const left = missing(reading);
  if (left.length === 0) return;
  const reasons = reading.flatMap(({ problem, statuses }) => [problem, ...statuses.map((one) => one.reason)]);
  throw new UserError(
    `not backed up ${FIRST_MS / 60_000} min after the start: ${left.join(", ")}: ${reasons.find((one) => one) ?? "no reason told"}`,
    "understudy backup check",
  );
}
