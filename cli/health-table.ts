import type { HealthEntry } from "../evidence/health-report";
import { red, textTable } from "./text-table";
import { asWaiting } from "./waiting";

const HEAD = ["HOST", "ROLE", "SERVICE", "STATUS", "LATENCY", "REASON"];

/** The health report as a person reads it. */
export function healthTable(entries: readonly HealthEntry[]): string {
  const [head = "", ...lines] = textTable([
    HEAD,
    ...entries.map(({ host, role, service, status, latencyMs, reason }) => [
      host,
      role,
      service,
      status === "healthy" ? status : status.toUpperCase(),
      latencyMs === null ? "-" : `${latencyMs.toFixed(1)} ms`,
      asWaiting(reason ?? ""),
    ]),
  ]);
  const coloured = lines.map((line, at) => (entries[at]?.reason === null ? line : red(line)));
  return `${[head, ...coloured].join("\n")}\n`;
}
