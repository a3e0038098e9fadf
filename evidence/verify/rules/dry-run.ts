import { STORE_NAMES } from "../../../settings/services";
import { PROMOTION } from "../../../settings/steps";
import { promotedAtMs, promotionMark, unless, type Rule } from "../rule";

/** A dry run reads and changes nothing, so it can prove nothing that only a swap proves. */
export const dryRunRules: readonly Rule[] = [
  {
    id: "dry-run-changes-nothing",
    sentence:
      "a dry run has no fence, no probe, no client load, no hook, no final WAL position, no promotion and no new timeline",
    check: ({ document }) => {
      if (document.drill.mode !== "dry-run") return [];
      const { fences, probe, postgres, redis } = document;
      const none = (key: string, absent: boolean) => unless(absent, `document.${key}`, "present", "none in a dry run");
      return [
        ...none("fences", fences.length === 0),
        ...none("probe", probe === null),
        ...none("clients", document.clients === undefined),
        ...none("hooks.ran", (document.hooks?.ran ?? []).length === 0),
        ...none("postgres.seal", postgres.seal === null),
        ...none("postgres.newTimeline", postgres.newTimeline === null),
        ...none("postgres.switchPointLsn", postgres.switchPointLsn === null),
        ...none("postgres.rewound", postgres.rewound === null),
        ...none("postgres.stop", postgres.stop === undefined),
        ...none("redis.sealedOffset", redis.sealedOffset === null),
        ...none("redis.contentCompared", redis.contentCompared === null),
        ...STORE_NAMES.flatMap((store) =>
          none(`steps.${PROMOTION}.marks.${promotionMark(store)}`, promotedAtMs(document, store) === undefined),
        ),
      ];
    },
  },
];
