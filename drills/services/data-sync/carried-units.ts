import { SERVICES, type CarriedService } from "../../../settings/services";
import type { Get, Stretch } from "../backup/content/content";
import { dashboardVersions, newestLogLines, spansOfTraces } from "../backup/content/service-units";
import type { ServiceCount } from "../../../evidence/continuity";
import { countService } from "../../../evidence/service-counts";

/** Lines that Loki gives at most for one question: the promoted host may have lines of its own among them. */
const FOUND_LINES = 5000;

/** Which of a service's things are looked at, the same in the backup and in the service that continues from it. */
export interface Looked {
  /** Stretch of time of the log lines. */
  readonly stretch: Stretch;
  /** Ids of the traces whose spans are looked up. */
  readonly traces: readonly string[];
}

/** What a service has, one text for each thing that is counted. @throws Error when it cannot be read */
export function carriedUnits(
  service: CarriedService,
  get: Get,
  { stretch, traces }: Looked,
  limit?: number,
): Promise<readonly string[]> {
  switch (service) {
    case "loki":
      return newestLogLines(get, stretch, limit);
    case "tempo":
      return spansOfTraces(get, traces);
    case "grafana":
      return dashboardVersions(get);
  }
}

/** The same of the service that continues, which may have more than a backup: its own. */
export function continuedUnits(service: CarriedService, get: Get, looked: Looked): Promise<readonly string[]> {
  return carriedUnits(service, get, looked, FOUND_LINES);
}

/** Which of a service's units are looked at, in words. */
const WHAT: Readonly<Record<CarriedService, string>> = {
  loki: "the newest of the hour before the backup",
  tempo: "of the traces that backups made",
  grafana: "in the backup, by version",
};

/** Counts what was found of what the backup has. Pure. @param found undefined: it could not be read */
export function countUnits(
  service: CarriedService,
  inBackup: readonly string[],
  found: readonly string[] | undefined,
): ServiceCount {
  const numbers = new Map([...new Set(inBackup)].sort().map((one, index) => [one, index + 1]));
  return countService(
    SERVICES[service].promise.units[0],
    WHAT[service],
    numbers.values(),
    found?.flatMap((one) => numbers.get(one) ?? []),
  );
}
