import { CARRIED_SERVICES, SERVICES, SERVICE_NAMES, STORE_NAMES, type CarriedService } from "../../settings/services";
import { countUnits } from "../../drills/services/data-sync/carried-units";
import type { NotCarried, ServiceBackup, ServiceCarry, ServiceContinuity } from "../../evidence/continuity";
import type { EvidenceDocument } from "../../evidence/document";
import { countsOf, storeCount } from "../../evidence/service-counts";
import { broken, type NegativeCase } from "./negative-case";
import { record, unplannedEvidence } from "./valid-evidence";

const DIGEST = "5f".repeat(32);

/** Two minutes before the drill began; it was begun two seconds earlier. */
const BACKUP: ServiceBackup = {
  ...{ id: "8c1f", takenAt: "2026-11-23T09:58:00.000Z", ageSeconds: 121, maxAgeSeconds: 3600, bytes: 4096 },
};
const CARRIED: ServiceCarry = {
  ...{ how: "newest-backup", ageSeconds: 123, completeUntil: "2026-11-23T09:57:58.000Z" },
  ...{ files: 7, copiedFiles: 3, copiedBytes: 4096, digestBefore: DIGEST, digestAfter: DIGEST },
  ...{ stoppedAtMs: 3600, answeredAtMs: 3800 },
};

function unplannedWith(of: (service: CarriedService) => Partial<ServiceContinuity>, backed: boolean): EvidenceDocument {
  const document = unplannedEvidence();
  document.continuity = {
    canary: null,
    services: SERVICE_NAMES.map((service) => {
      const store = STORE_NAMES.find((one) => one === service);
      const carried = CARRIED_SERVICES.find((one) => one === service);
      return {
        service,
        promise: SERVICES[service].promise.unplanned,
        backup: backed ? { ...BACKUP } : null,
        restore: null,
        carried: null,
        notCarried: null,
        counted: store !== undefined && document.probe !== null ? [storeCount(document.probe, store)] : [],
        ...(carried === undefined ? {} : of(carried)),
      };
    }),
  };
  return record(document);
}

/** An unplanned drill whose promoted host continues with the newest backups. */
export function continuedFromBackupEvidence(): EvidenceDocument {
  return unplannedWith(
    (service) => ({
      restore: { outcome: "equal", reason: null, durationMs: 900, compared: [{ what: "x", recorded: 1, restored: 1 }] },
      carried: { ...CARRIED },
      counted: [countUnits(service, ["one", "two", "three"], ["three", "one", "two", "its own"])],
    }),
    true,
  );
}

/** An unplanned drill in an environment that backs nothing up. */
export function nothingBackedUpEvidence(): EvidenceDocument {
  return unplannedWith(() => ({ notCarried: notCarried("no-backups") }), false);
}

/** An unplanned drill whose promoted host had a newer Grafana database than the newest backup has. */
export function ownDataNewerEvidence(): EvidenceDocument {
  const document = continuedFromBackupEvidence();
  Object.assign(kept(document, "grafana"), { restore: null, carried: null, counted: [] });
  kept(document, "grafana").notCarried = notCarried("own-data-newer", "2026-11-23T09:59:00.000Z");
  return record(document);
}

function notCarried(why: NotCarried["why"], ownDataUntil: string | null = null): NotCarried {
  return { why, detail: `an invented drill: ${why}`, ownDataUntil };
}

function kept(document: EvidenceDocument, service: ServiceContinuity["service"]): ServiceContinuity {
  const found = document.continuity?.services.find((one) => one.service === service);
  if (found === undefined) throw new Error(`nothing of ${service}`);
  return found;
}

function carried(document: EvidenceDocument): ServiceCarry {
  const { carried: one } = kept(document, "loki");
  if (one === null) throw new Error("not carried");
  return one;
}

function continued(rule: string, what: string, change: (document: EvidenceDocument) => void): NegativeCase {
  return broken(rule, what, change, continuedFromBackupEvidence);
}

/** Evidence of unplanned drills that claims more of the services' data than the newest backup has. */
export const UNPLANNED_DATA_CASES: readonly NegativeCase[] = [
  continued("unplanned-data-told", "nothing is said of a service", (d) => (kept(d, "tempo").carried = null)),
  continued("unplanned-data-told", "a service has both", (d) => {
    kept(d, "tempo").notCarried = notCarried("own-data-newer", "2026-11-23T09:59:00.000Z");
  }),
  continued("unplanned-data-told", "it failed", (d) => {
    Object.assign(kept(d, "loki"), { carried: null, counted: [], notCarried: notCarried("failed") });
  }),
  continued("unplanned-data-told", "there was no backup of it yet", (d) => {
    Object.assign(kept(d, "loki"), { carried: null, backup: null, notCarried: notCarried("no-backup-yet") });
  }),
  continued("unplanned-data-told", "nothing is said to be backed up, and a backup is told of", (d) => {
    Object.assign(kept(d, "loki"), { carried: null, counted: [], notCarried: notCarried("no-backups") });
  }),
  continued("unplanned-data-told", "a service that replicates says why it is not carried", (d) => {
    kept(d, "redis").notCarried = notCarried("no-backups");
  }),
  broken(
    "unplanned-data-told",
    "its own data are older than the backup",
    (d) => (kept(d, "grafana").notCarried = notCarried("own-data-newer", "2026-11-23T09:57:00.000Z")),
    ownDataNewerEvidence,
  ),
  broken(
    "unplanned-data-told",
    "newer data are no reason where both are joined",
    (d) => Object.assign(kept(d, "loki"), { carried: null, notCarried: kept(d, "grafana").notCarried }),
    ownDataNewerEvidence,
  ),
  continued("newest-backup-age", "it claims what came after the backup", (d) => {
    Object.assign(carried(d), { completeUntil: "2026-11-23T09:59:00.000Z", ageSeconds: 61 });
  }),
  continued("newest-backup-age", "it is younger than its backup", (d) => (carried(d).ageSeconds = 12)),
  continued("newest-backup-age", "nobody says up to when it is complete", (d) => (carried(d).completeUntil = null)),
  continued("newest-backup-age", "there is no such backup", (d) => (kept(d, "loki").backup = null)),
  continued("newest-backup-age", "a final sync from a primary that was gone", (d) => {
    Object.assign(carried(d), { how: "final-sync", ageSeconds: 0, completeUntil: null });
  }),
  broken("newest-backup-age", "a final sync that leaves something out", (d) => {
    carried(d).completeUntil = "2026-11-23T09:59:00.000Z";
  }),
  continued("backup-data-found", "a log line of the backup is missing", (d) => {
    const [count] = kept(d, "loki").counted;
    if (!count?.numbers) throw new Error("no numbers");
    count.numbers.found = [[1, 2]];
    count.counts = countsOf(count.numbers);
  }),
  continued("backup-data-found", "nothing was looked for", (d) => (kept(d, "loki").counted = [])),
  continued("backup-data-found", "what the restore gave is not known", (d) => (kept(d, "loki").restore = null)),
  continued("data-after-recovery", "Loki was stopped before events were acknowledged again", (d) => {
    carried(d).stoppedAtMs = 2041;
  }),
  continued("backups-fresh", "the backup is older than allowed", (d) => {
    const { backup } = kept(d, "loki");
    if (backup) backup.maxAgeSeconds = 60;
  }),
];
