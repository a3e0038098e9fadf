import type { Check } from "../../../evidence/document";
import { CHECK_NAMES, serviceOf } from "./check-names";

/** The command that mends what a check of `backupChecks` has found, or shows more of it. */
export function nextAfter({ name, host }: Pick<Check, "name" | "host">): string {
  const where = host ?? "HOST";
  const service = serviceOf(name);
  if (service !== undefined) return `understudy backup now --host ${where} --service ${service}`;
  switch (name) {
    case CHECK_NAMES.log:
    case CHECK_NAMES.behind:
      return `understudy backup now --host ${where} --service timescaledb`;
    case CHECK_NAMES.room:
      return `docker system df on ${where}; make room there, or lower backup.keep_days, then understudy backup check`;
    case CHECK_NAMES.clock:
      return "understudy doctor";
    default:
      return `understudy backup restore --host ${where} (which backups are still good)`;
  }
}
