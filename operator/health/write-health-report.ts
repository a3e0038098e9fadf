import type { Role } from "../../settings/pair";
import { writeText } from "../../evidence/write-text";
import type { HealthEntry } from "../../evidence/health-report";
import { roleOf } from "../../evidence/observed-role";
import type { ServiceReading, ServicesReading } from "./read-services";

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

/** The report of what was read; `declared` is each host's role by its stack. */
export function healthReportOf(
  services: readonly ServiceReading[],
  declared: Readonly<Record<string, Role | undefined>>,
  readAt: string,
): HealthEntry[] {
  return services.map(({ host, service, answer, health, store, hostRole }) => {
    const entryRole = store === null ? hostRole : (roleOf(store) ?? "unknown");
    const declaredRole = declared[host.name] ?? null;
    const contradicts = entryRole !== "unknown" && declaredRole !== null && entryRole !== declaredRole;
    const reasons = [health.reason, contradicts ? `is ${entryRole}, declared ${declaredRole}` : null].filter(
      (one) => one !== null,
    );
    return {
      host: host.name,
      role: entryRole,
      service,
      status: health.status,
      declaredRole,
      reason: reasons.length === 0 ? null : reasons.join("; "),
      latencyMs: "latencyMs" in answer ? answer.latencyMs : null,
      readAt,
    };
  });
}
