import type { Role } from "../../settings/pair";
import { writeText } from "../../evidence/write-text";
import { healthReportOf, type HealthEntry } from "./health-report";
import type { ServicesReading } from "./read-services";

/** Writes the health report of a reading to `file`; `declared` is each host's role by its stack. @throws Error when it cannot be written */
export async function writeHealthReport(
  file: string,
  { services, readAt }: ServicesReading,
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<readonly HealthEntry[]> {
  const entries = healthReportOf(services, declared, readAt);
  await writeText(file, `${JSON.stringify(entries, null, 2)}\n`);
  return entries;
}
