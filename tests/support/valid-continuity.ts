import { CARRIED_SERVICES, SERVICES, SERVICE_NAMES, STORE_NAMES } from "../../settings/services";
import type { Continuity, ServiceBackup, ServiceCount, ServiceRestore } from "../../evidence/continuity";
import type { ProbeEvidence } from "../../evidence/document";
import { countService, storeCount } from "../../evidence/service-counts";

const WRITTEN: Readonly<Record<string, number>> = { "log lines": 12, spans: 11, dashboards: 3, scrapes: 4 };
const DIGEST = "5f".repeat(32);

/** When the canary wrote, and when services were stopped and used again, in milliseconds after the drill began. */
export interface ContinuityTimes {
  readonly startedAtMs: number;
  readonly stoppedAtMs: number;
  readonly answeredAtMs: number;
  readonly finishedAtMs: number;
  readonly backupAt?: string;
}

/** Two minutes before the drill began. */
const BACKUP: ServiceBackup = {
  ...{ id: "8c1f", takenAt: "2026-11-23T09:58:00.000Z", ageSeconds: 121, maxAgeSeconds: 3600, bytes: 4096 },
};
const RESTORE: ServiceRestore = {
  ...{ outcome: "equal", reason: null, durationMs: 900 },
  compared: [{ what: "log lines", recorded: 12, restored: 12 }],
};

const TIMES: ContinuityTimes = { startedAtMs: 400, stoppedAtMs: 2500, answeredAtMs: 3600, finishedAtMs: 3800 };

/** What the services of an invented planned swap kept: everything, with one scrape of a target missing. */
export function validContinuity(probe: ProbeEvidence, times: ContinuityTimes = TIMES): Continuity {
  const { startedAtMs, stoppedAtMs, answeredAtMs, finishedAtMs } = times;
  return {
    canary: { startedAtMs, finishedAtMs, pagesWatchedMs: (finishedAtMs - startedAtMs) / 2 },
    services: SERVICE_NAMES.map((service) => {
      const store = STORE_NAMES.find((one) => one === service);
      const isCarried = CARRIED_SERVICES.some((one) => one === service);
      return {
        service,
        promise: SERVICES[service].promise.planned,
        backup: { ...BACKUP, takenAt: times.backupAt ?? BACKUP.takenAt },
        restore: structuredClone(RESTORE),
        carried: isCarried
          ? {
              how: "final-sync" as const,
              ...{ ageSeconds: 0, files: 7, copiedFiles: 3, copiedBytes: 4096 },
              ...{ digestBefore: DIGEST, digestAfter: DIGEST, stoppedAtMs, answeredAtMs },
            }
          : null,
        counted: store === undefined ? SERVICES[service].promise.units.map(counted) : [storeCount(probe, store)],
      };
    }),
  };
}

function counted(unit: string): ServiceCount {
  const written = Array.from({ length: WRITTEN[unit] ?? 1 }, (_, index) => index + 1);
  const found = unit === "scrapes" ? written.filter((one) => one !== 3) : written;
  return countService(unit, "of an invented drill", written, found);
}
