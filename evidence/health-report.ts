import { z } from "zod";
import { serviceNameText } from "./service-terms";

/** `unknown` when neither the service nor its engine could be asked: that is not the same as unhealthy. */
export const HEALTH_STATUSES = ["healthy", "unhealthy", "unknown"] as const;

/** How a service is; `unknown` when it gave no answer that tells. */
export type HealthStatus = (typeof HEALTH_STATUSES)[number];

const role = z.enum(["primary", "standby"]);

/** One service on one host in the published health report. */
export const healthEntrySchema = z.strictObject({
  host: z.string().min(1),
  role: z
    .union([role, z.literal("unknown")])
    .describe("what the store says it is; for a service without a role, what both stores of its host agree on"),
  service: serviceNameText,
  status: z.enum(HEALTH_STATUSES).describe("unknown: neither the service nor its Docker engine answered"),
  declaredRole: role.nullable().describe("what the host's stack declares"),
  reason: z.string().min(1).nullable().describe("why it is not well, or what could not be read of it"),
  latencyMs: z.number().nonnegative().nullable().describe("until the service itself answered; null when it did not"),
  readAt: z.iso.datetime({ precision: 3 }),
});

/** The health report: every service of every host, in the order of the environment file. */
export const healthReportSchema = z.array(healthEntrySchema).min(1);

/** One service of one host in a health report. */
export type HealthEntry = z.infer<typeof healthEntrySchema>;

/** Where `understudy health`, and an executed drill, leave the report unless told otherwise. */
export const HEALTH_REPORT_NAME = "prodlike_multi_host_health_report.json";

/** Whether all is well: every service healthy, every role known and the declared one, nothing that could not be read. */
export function isAllWell(entries: readonly HealthEntry[]): boolean {
  return (
    entries.length > 0 &&
    entries.every(
      ({ status, role: is, declaredRole, reason }) => status === "healthy" && is === declaredRole && reason === null,
    )
  );
}
