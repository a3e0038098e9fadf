import type { CarriedService } from "../../../settings/services";
import type { Backup } from "./backups";
import type { Content, Get } from "./content/content";
import { dashboardContent, newestLogLines, spansOfTraces } from "./content/service-units";

/** How long before a backup begins `prepare.sh` dates the log line of its own, milliseconds. */
const LINE_BEFORE_MS = 10_000;
const OWN_LINE = "log lines of the backup itself";
const OWN_SPAN = "spans of the backup itself";

/**
 * What a backup says of itself, for when there is no running service left to compare with: the line or the span that
 * `prepare.sh` put into the service when it was begun, or the dashboards that were counted.
 */
export function ownRecord(service: CarriedService, { content }: Pick<Backup, "content">): Content {
  switch (service) {
    case "loki":
      return { [OWN_LINE]: 1 };
    case "tempo":
      return { [OWN_SPAN]: 1 };
    case "grafana":
      return content;
  }
}

/** The same of the service that runs on it. @throws Error when it cannot be read */
export async function ownRestored(
  service: CarriedService,
  { begunAt, content: { trace } }: Pick<Backup, "begunAt" | "content">,
  get: Get,
): Promise<Content> {
  switch (service) {
    case "loki": {
      const at = Date.parse(begunAt ?? "") - LINE_BEFORE_MS;
      if (Number.isNaN(at)) return { [OWN_LINE]: null };
      const lines = await newestLogLines(get, { from: at, until: at + 1 });
      return { [OWN_LINE]: lines.filter((line) => line.endsWith(` ${at}000000 backup begun`)).length };
    }
    case "tempo":
      return { [OWN_SPAN]: typeof trace === "string" ? (await spansOfTraces(get, [trace])).length : null };
    case "grafana":
      return dashboardContent(get);
  }
}
