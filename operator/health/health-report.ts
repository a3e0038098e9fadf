import { z } from "zod";
import type { Role } from "../../settings/pair";
import { SERVICE_NAMES } from "../../settings/services";
import { HEALTH_STATUSES } from "./judge-health";
import type { ServiceReading } from "./read-services";

const role = z.enum(["primary", "standby"]);

/** One service on one host in the published health report. */
export const healthEntrySchema = z.strictObject({
  host: z.string().min(1),
  role: z
    .union([role, z.literal("unknown")])
    .describe("what the store says it is; for a service without a role, what both stores of its host agree on"),
  service: z.enum(SERVICE_NAMES),
  status: z.enum(HEALTH_STATUSES).describe("unknown: neither the service nor its Docker engine answered"),
  declaredRole: role.nullable().describe("what the host's stack declares"),
  reason: z.string().min(1).nullable().describe("why it is not well, or what could not be read of it"),
  latencyMs: z.number().nonnegative().nullable().describe("until the service itself answered; null when it did not"),
  readAt: z.iso.datetime({ precision: 3 }),
});

/** The health report: every service of every host, in the order of the environment file. */
export const healthReportSchema = z.array(healthEntrySchema).min(1);

export type HealthEntry = z.infer<typeof healthEntrySchema>;

/** Where `understudy health`, and an executed drill, leave the report unless told otherwise. */
export const HEALTH_REPORT_NAME = "prodlike_multi_host_health_report.json";

/** The report of what was read; `declared` is each host's role by its stack. */
export function healthReportOf(
  services: readonly ServiceReading[],
  declared: Readonly<Record<string, Role | undefined>>,
  readAt: string,
): HealthEntry[] {
  return services.map(({ host, service, answer, health, store, hostRole }) => {
    const entryRole = store === null ? hostRole : store.state === "observed" ? store.role : "unknown";
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
      latencyMs: answer.kind === "silent" ? null : answer.latencyMs,
      readAt,
    };
  });
}

/** Whether all is well: every service healthy, every role known and the declared one, nothing that could not be read. */
export function isAllWell(entries: readonly HealthEntry[]): boolean {
  return (
    entries.length > 0 &&
    entries.every(
      ({ status, role: is, declaredRole, reason }) => status === "healthy" && is === declaredRole && reason === null,
    )
  );
}
