import { readFile } from "node:fs/promises";
import { z } from "zod";
import { sha256Of } from "../canonical-json";
import { FIRST_SERVICES } from "../service-terms";
import { messageOf, UserError } from "../../settings/user-error";

const healthReportSchema = z
  .array(
    z.object({
      host: z.string(),
      role: z.string().nullable(),
      service: z.string(),
      status: z.string(),
      readAt: z.iso.datetime(),
    }),
  )
  .min(1);

/** What `docs/results/prodlike_multi_host_health_report.json` says, as far as an acceptance needs it. */
export interface HealthReport {
  readonly source: string;
  readonly sha256: string;
  readonly hosts: readonly string[];
  /** Services that it tells of on every one of its hosts. */
  readonly services: readonly string[];
  readonly healthy: number;
  /** When it was read: ISO 8601; the earliest moment if there are several. */
  readonly readAt: string;
  /** `service on host: status` of everything that is not healthy, and of each of the first services that is not told of. */
  readonly ailing: readonly string[];
}

/** Reads a health report. @throws UserError with exit code 2 when it is none */
export async function readHealthReport(path: string): Promise<HealthReport> {
  try {
    return healthReport(await readFile(path, "utf8"), path);
  } catch (thrown) {
    throw new UserError(`${path} is no health report: ${messageOf(thrown)}`, "understudy accept --help", 2);
  }
}

/** The health report in a text. @throws Error when it is none */
export function healthReport(text: string, source: string): HealthReport {
  const entries = healthReportSchema.parse(JSON.parse(text));
  const ailing = entries.filter(({ status }) => status !== "healthy");
  const hosts = [...new Set(entries.map(({ host }) => host))];
  const toldOf = (service: string, host: string): boolean =>
    entries.some((one) => one.host === host && one.service === service);
  const missing = hosts.flatMap((host) =>
    FIRST_SERVICES.filter((service) => !toldOf(service, host)).map((service) => ({ service, host, status: "missing" })),
  );
  return {
    source,
    sha256: sha256Of(text),
    hosts,
    services: [...new Set(entries.map(({ service }) => service))].filter((one) =>
      hosts.every((host) => toldOf(one, host)),
    ),
    healthy: entries.length - ailing.length,
    readAt: entries.map(({ readAt }) => readAt).sort()[0] ?? "",
    ailing: [...ailing, ...missing].map(({ service, host, status }) => `${service} on ${host}: ${status}`),
  };
}
