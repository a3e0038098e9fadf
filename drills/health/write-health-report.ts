import type { Credentials } from "../../settings/credentials";
import type { Environment } from "../../settings/environment";
import type { Role } from "../../settings/pair";
import { writeText } from "../report/write-text";
import { healthReportOf, type HealthEntry } from "./health-report";
import { readServices } from "./read-services";

/** Reads every service of every host and writes the health report to `file`. @throws Error when it cannot be written */
export async function writeHealthReport(
  file: string,
  environment: Environment,
  credentials: Credentials,
  declared: Readonly<Record<string, Role | undefined>>,
): Promise<readonly HealthEntry[]> {
  const reading = await readServices(environment, credentials);
  reading.close();
  const entries = healthReportOf(reading.services, declared, reading.readAt);
  await writeText(file, `${JSON.stringify(entries, null, 2)}\n`);
  return entries;
}
