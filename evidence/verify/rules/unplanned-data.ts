import { servicesOf } from "../../service-terms";
import { claimsUnplannedSwap, finding, isOfAllServices, ofServices, unless, type Rule } from "../rule";

/** Two ages that were counted at the same moment may differ by their rounding, milliseconds. */
const ROUNDING_MS = 2;

/** What Loki, Tempo and Grafana continue with when the old primary is gone: the newest backup, and nothing newer is claimed. */
export const unplannedDataRules: readonly Rule[] = [
  {
    id: "unplanned-data-told",
    sentence:
      "a successful failover says for each service without replication which backup it continues with, or why it keeps the promoted host's own data: nothing is backed up, or these are newer",
    check: ({ document }) => {
      if (!claimsUnplannedSwap(document) || !isOfAllServices(document)) return [];
      const terms = servicesOf(document.drill);
      const backed = (document.continuity?.services ?? []).some(({ backup }) => backup !== null);
      return ofServices(document, (one, key) => {
        const { service, carried, backup } = one;
        const notCarried = one.notCarried ?? null;
        const way = terms.get(service)?.carried ?? null;
        if (way === null) {
          return unless(notCarried === null, `${key}.notCarried`, notCarried?.why, "null: its data are not copied");
        }
        if (notCarried === null) return unless(carried !== null, `${key}.carried`, null, "what it continues with");
        const { why, ownDataUntil } = notCarried;
        const newer = ownDataUntil !== null && backup !== null && Date.parse(backup.takenAt) < Date.parse(ownDataUntil);
        return [
          ...unless(carried === null, `${key}.carried`, "there", "null: it says why not"),
          ...unless(
            (why === "no-backups" && !backed) || (why === "own-data-newer" && way === "replace" && newer),
            `${key}.notCarried`,
            why,
            "copied data, or no backup of any service, or data of its own that are newer than the backup",
          ),
        ];
      });
    },
  },
  {
    id: "newest-backup-age",
    sentence:
      "data from a backup are as old as that backup, and are claimed only up to its start; after a final sync nothing is left out",
    check: ({ document }) =>
      ofServices(document, ({ carried, backup }, key) => {
        if (carried === null) return [];
        const { how, ageSeconds } = carried;
        const completeUntil = carried.completeUntil ?? null;
        if (how === "final-sync") {
          return [
            ...unless(
              document.drill.kind === "planned",
              `${key}.carried.how`,
              how,
              "newest-backup, since the old primary was gone",
            ),
            ...unless(completeUntil === null, `${key}.carried.completeUntil`, completeUntil, "null: nothing is later"),
          ];
        }
        if (backup === null) return [finding(`${key}.backup`, null, "the backup that the data come from")];
        if (completeUntil === null) {
          return [finding(`${key}.carried.completeUntil`, null, "up to when the backup has everything")];
        }
        const [begunAt, takenAt] = [Date.parse(completeUntil), Date.parse(backup.takenAt)];
        const lookedAt = takenAt + backup.ageSeconds * 1000;
        const fits = Math.abs(begunAt + ageSeconds * 1000 - lookedAt) <= ROUNDING_MS;
        return [
          ...unless(begunAt <= takenAt, `${key}.carried.completeUntil`, completeUntil, `at most ${backup.takenAt}`),
          ...unless(fits, `${key}.carried.ageSeconds`, ageSeconds, `${(lookedAt - begunAt) / 1000}, as the backup's`),
        ];
      }),
  },
  {
    id: "backup-data-found",
    sentence:
      "after a successful failover everything that was counted in a newest backup was restored, and found in the service that continues with it",
    check: ({ document }) => {
      if (!claimsUnplannedSwap(document)) return [];
      return ofServices(document, ({ carried, restore, counted }, key) => {
        if (carried?.how !== "newest-backup") return [];
        return [
          ...unless(restore?.outcome === "equal", `${key}.restore`, restore?.outcome, "equal"),
          ...unless(counted.length > 0, `${key}.counted`, null, "what of the backup was found"),
          ...counted.flatMap(({ counts: { missing, duplicated } }, index) => [
            ...unless(missing === 0, `${key}.counted[${index}].counts.missing`, missing, "0"),
            ...unless(duplicated === 0, `${key}.counted[${index}].counts.duplicated`, duplicated, "0"),
          ]),
        ];
      });
    },
  },
  {
    id: "data-after-recovery",
    sentence: "no service was stopped for its data before both stores acknowledged events again",
    check: ({ document }) => {
      const { unplanned, steps } = document;
      const [first] = steps;
      if (!claimsUnplannedSwap(document) || unplanned === null || first === undefined) return [];
      const times = Object.values(unplanned.recoveryMs).map((one) => first.startedAtMs + (one ?? 0));
      const recovered = Math.max(...times);
      return ofServices(document, ({ carried }, key) =>
        unless(
          carried === null || carried.stoppedAtMs >= recovered,
          `${key}.carried.stoppedAtMs`,
          carried?.stoppedAtMs,
          `at least ${recovered}, when both stores acknowledged again`,
        ),
      );
    },
  },
];
