import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";

/** What the checks of backups that are about no single service are called in the evidence. */
export const CHECK_NAMES = {
  log: "timescaledb write-ahead log in the archive",
  behind: "timescaledb archive behind, bytes",
  repository: "backup repository",
  fullCheck: "backup repository, last full check",
  room: "room for backups, MiB, at least",
  clock: "clock of the host that keeps the backups, seconds off",
} as const;

/** The check of a service's newest backup. */
export const ageCheck = (service: ServiceName): string => `${service} backup age, seconds`;

/** The check of a service's last attempt. */
export const attemptCheck = (service: ServiceName): string => `${service} last backup attempt`;

/** The service that an age or attempt check is about; undefined for the others. */
export function serviceOf(check: string): ServiceName | undefined {
  return SERVICE_NAMES.find((one) => check === ageCheck(one) || check === attemptCheck(one));
}

/** Whether a check is one of those of the backups, which `understudy backup check` makes too. */
export function isBackupCheck(check: string): boolean {
  return serviceOf(check) !== undefined || Object.values<string>(CHECK_NAMES).includes(check);
}
