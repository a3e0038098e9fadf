import type { Check } from "../../../evidence/document";
import { SERVICE_NAMES, type ServiceName } from "../../../settings/services";

/** What the checks of backups that are about no single service are called in the evidence. */
export const CHECK_NAMES = {
  log: "timescaledb write-ahead log in the archive",
  behind: "timescaledb archive behind, bytes",
  receiving: "timescaledb write-ahead log is received",
  storing: "timescaledb write-ahead log goes into the repository",
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

/** The command that mends what a check of `backupChecks` has found, or shows more of it. */
export function nextAfter({ name, host }: Pick<Check, "name" | "host">): string {
  const where = host ?? "HOST";
  const service = serviceOf(name);
  if (service !== undefined) return `understudy backup now --host ${where} --service ${service}`;
  switch (name) {
    case CHECK_NAMES.log:
    case CHECK_NAMES.behind:
      return `understudy backup now --host ${where} --service timescaledb`;
    case CHECK_NAMES.receiving:
    case CHECK_NAMES.room:
      return `docker system df on ${where}; make room there, or lower backup.keep_days, then understudy backup check`;
    case CHECK_NAMES.clock:
      return "understudy doctor";
    default:
      return `understudy backup restore --host ${where} (which backups are still good)`;
  }
}
