import { claimsPlannedSwap, unless, type Rule } from "../rule";

/** Redis's proof that nothing was lost: equal offsets, no full synchronisation, equal contents. */
export const redisRules: readonly Rule[] = [
  {
    id: "redis-offsets-equal",
    sentence: "the replica stood at the paused primary's offset when the roles were exchanged",
    check: ({ document }) => {
      const { sealedOffset, replicaOffset } = document.redis;
      const equal = sealedOffset !== null && sealedOffset === replicaOffset;
      const limit = `${sealedOffset ?? "unknown"}, the offset when writes were paused`;
      return unless(!claimsPlannedSwap(document) || equal, "document.redis.replicaOffset", replicaOffset, limit);
    },
  },
  {
    id: "redis-no-full-sync",
    sentence: "the old primary followed by partial synchronisation, never a full one",
    check: ({ document }) => {
      const { fullSyncs } = document.redis;
      return unless(!claimsPlannedSwap(document) || fullSyncs === 0, "document.redis.fullSyncs", fullSyncs, "0");
    },
  },
  {
    id: "redis-contents-equal",
    sentence: "the contents were compared, the event stream among them, and nothing differed",
    check: ({ document }) => {
      const compared = document.redis.contentCompared;
      if (compared === null) {
        return unless(!claimsPlannedSwap(document), "document.redis.contentCompared", null, "a comparison");
      }
      const applies = document.success;
      const key = "document.redis.contentCompared";
      return [
        ...unless(!applies || compared.differing === 0, `${key}.differing`, compared.differing, "0"),
        ...unless(!applies || (compared.undecided ?? 0) === 0, `${key}.undecided`, compared.undecided, "0"),
        ...unless(
          !applies || compared.journalEntries > 0,
          `${key}.journalEntries`,
          compared.journalEntries,
          "1 or more",
        ),
      ];
    },
  },
];
