import type { CarryRoute, ServiceContinuity, ServiceCount } from "../../continuity";
import { duration } from "../figures";
import type { Cell, SectionMaker } from "../report-model";

/** What each service kept across the change of roles, in its own unit; never one number for all. */
export const serviceDataSection: SectionMaker = ({ document: { continuity } }) => {
  if (continuity === undefined) return null;
  const counts = continuity.services.flatMap((one) => one.counted.map((count) => countRow(one, count)));
  const carried = continuity.services.flatMap((one) => (one.carried === null ? [] : [carryRow(one, one.carried)]));
  const left = continuity.services.flatMap((one) => leftOut(one));
  const backups = continuity.services.flatMap((one) => (one.backup === null ? [] : [backupRow(one)]));
  return {
    id: "service-data",
    title: "What each service kept",
    blocks: [
      counts.length === 0
        ? {
            kind: "text",
            text: { text: "Nothing was counted, so what each service kept is unknown.", tone: "unknown" },
          }
        : {
            kind: "table",
            caption: "Written before and during the change of roles, found on the new primary",
            head: ["Service", "Promise", "Unit", "Written", "Found", "Missing", "Twice"],
            rows: counts,
          },
      ...(carried.length === 0
        ? []
        : [
            {
              kind: "table" as const,
              caption: "Service data sync: data without replication, copied to the promoted host",
              head: ["Service", "How", "Files", "Copied", "Not writable for", "Digest"],
              rows: carried,
            },
          ]),
      ...(left.length === 0
        ? []
        : [
            {
              kind: "table" as const,
              caption: "What the promoted host does not have of these services",
              head: ["Service", "Continues with", "Not there"],
              rows: left,
            },
          ]),
      ...(backups.length === 0
        ? []
        : [
            {
              kind: "table" as const,
              caption: "Newest backups, and what restoring them gave",
              head: ["Service", "Taken at", "Age", "Restored"],
              rows: backups,
            },
          ]),
    ],
  };
};

function countRow({ service, promise }: ServiceContinuity, { unit, what, counts }: ServiceCount): readonly Cell[] {
  const known = (value: number | null): Cell => (value === null ? { text: "unknown", tone: "unknown" } : String(value));
  const zero = (value: number | null): Cell =>
    value === null ? known(value) : { text: String(value), tone: value === 0 ? "good" : "warn" };
  return [
    service,
    promise,
    `${unit}, ${what}`,
    known(counts.written),
    known(counts.found),
    zero(counts.missing),
    zero(counts.duplicated),
  ];
}

function carryRow({ service }: ServiceContinuity, carried: NonNullable<ServiceContinuity["carried"]>): readonly Cell[] {
  const same = carried.digestBefore === carried.digestAfter;
  return [
    service,
    carried.how === "final-sync"
      ? `from the old primary, stopped${wayOf(carried.route)}`
      : `newest backup, ${carried.ageSeconds} s old`,
    String(carried.files),
    `${carried.copiedFiles} files, ${carried.copiedBytes} bytes`,
    duration(carried.answeredAtMs - carried.stoppedAtMs),
    same ? { text: "equal on both sides", tone: "good" } : { text: "differs", tone: "bad" },
  ];
}

/** The way of the data, where it is told. */
function wayOf(route: CarryRoute | undefined): string {
  if (route === undefined) return "";
  return route.why === null ? `, ${route.way}` : `, ${route.way}: ${route.why}`;
}

/** Nothing after a final sync; after a backup what came later, which nobody has counted. */
function leftOut({ service, carried, notCarried }: ServiceContinuity): readonly (readonly Cell[])[] {
  const unknown = (since: string): Cell => ({
    text: `what the old primary acknowledged ${since}: how much is unknown`,
    tone: "unknown",
  });
  if (notCarried) {
    const since = notCarried.ownDataUntil === null ? "and nothing was copied here" : `after ${notCarried.ownDataUntil}`;
    return [[service, notCarried.detail, unknown(since)]];
  }
  if (carried?.how !== "newest-backup") return [];
  return [
    [service, `its backup, ${carried.ageSeconds} s old`, unknown(`after ${carried.completeUntil ?? "the backup"}`)],
  ];
}

function backupRow({ service, backup, restore }: ServiceContinuity): readonly Cell[] {
  const restored: Cell =
    restore === null
      ? { text: "not restored", tone: "unknown" }
      : restore.outcome === "equal"
        ? { text: `equal, in ${duration(restore.durationMs)}`, tone: "good" }
        : { text: `${restore.outcome}: ${restore.reason ?? "no reason was recorded"}`, tone: "bad" };
  return [service, backup?.takenAt ?? "unknown", backup === null ? "unknown" : `${backup.ageSeconds} s`, restored];
}
