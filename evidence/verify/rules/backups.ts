import { CLOCK_TOLERANCE_MS } from "./times";
import { claimsPlannedSwap, claimsSwap, ofServices, unless, type Rule } from "../rule";

/** What the evidence says of backups, where there are any. */
export const backupRules: readonly Rule[] = [
  {
    id: "backups-fresh",
    sentence:
      "in a success no newest backup was older than allowed when it was looked for: of every service in a switchover, in a failover of those whose promise is their backup",
    check: ({ document }) =>
      ofServices(document, ({ backup, promise }, key) => {
        if (backup === null) return [];
        const depends = document.success && (document.drill.kind === "planned" || promise === "backup");
        const { takenAt, ageSeconds, maxAgeSeconds } = backup;
        const readAtMs = Date.parse(takenAt) + ageSeconds * 1000;
        const { startedAt, finishedAt } = document.drill;
        return [
          ...unless(
            !depends || ageSeconds <= maxAgeSeconds,
            `${key}.backup.ageSeconds`,
            ageSeconds,
            `at most ${maxAgeSeconds}`,
          ),
          ...unless(
            readAtMs >= Date.parse(startedAt) - CLOCK_TOLERANCE_MS &&
              readAtMs <= Date.parse(finishedAt) + CLOCK_TOLERANCE_MS,
            `${key}.backup.takenAt`,
            takenAt,
            `${ageSeconds} s before a moment of the drill`,
          ),
        ];
      }),
  },
  {
    id: "restores-equal",
    sentence: "a backup that a successful drill restored gave what was recorded of it, and was there to be restored",
    check: ({ document }) =>
      ofServices(document, ({ backup, restore }, key) => {
        if (restore === null) return [];
        const { outcome, reason, compared } = restore;
        const equal =
          compared.length > 0 && compared.every((one) => one.recorded !== null && one.recorded === one.restored);
        return [
          ...unless(backup !== null, `${key}.backup`, null, "the backup that was restored"),
          ...unless(!claimsSwap(document) || outcome === "equal", `${key}.restore.outcome`, outcome, "equal"),
          ...unless(outcome !== "equal" || equal, `${key}.restore.compared`, JSON.stringify(compared), "equal, each"),
          ...unless(
            (outcome === "equal") === (reason === null),
            `${key}.restore.reason`,
            reason,
            "a reason, unless equal",
          ),
        ];
      }),
  },
  {
    id: "restores-complete",
    sentence: "a successful switchover that reports one service's backup reports every service's, and restored each",
    check: ({ document }) => {
      const services = document.continuity?.services ?? [];
      if (!claimsPlannedSwap(document) || services.every(({ backup }) => backup === null)) return [];
      return ofServices(document, ({ backup, restore }, key) => [
        ...unless(backup !== null, `${key}.backup`, null, "a backup, as the other services have"),
        ...unless(backup === null || restore !== null, `${key}.restore`, null, "what restoring it gave"),
      ]);
    },
  },
];
