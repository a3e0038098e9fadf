import { claimsUnplannedSwap, type Rule } from "../rule";

/** What a standby may lack is promoted over knowingly or not at all. */
export const followingRules: readonly Rule[] = [
  {
    id: "stale-standby-accepted",
    sentence:
      "a standby that may lack writes of the old primary beyond what is allowed was promoted only on an operator's words",
    check: ({ document }) => {
      const following = document.unplanned?.following;
      if (!claimsUnplannedSwap(document) || following === undefined || following.accepted !== null) return [];
      return following.stores.flatMap(({ verdict }, index) =>
        verdict === "bounded"
          ? []
          : [
              {
                key: `document.unplanned.following.stores[${index}].verdict`,
                value: verdict,
                limit: "bounded, or accepted by an operator",
              },
            ],
      );
    },
  },
];
