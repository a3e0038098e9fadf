import { isStore } from "../../../settings/services";
import { claimsSwap, finding, isOfAllServices, ofServices, unless, type Rule } from "../rule";

/** What a drill of the two stores only says of the other services: that nobody asked them, and nothing more. */
export const storesOnlyRules: readonly Rule[] = [
  {
    id: "stores-only-told",
    sentence:
      "a drill of the two stores only that succeeded says of each other service that it was neither asked nor copied, and claims nothing of it; no other drill says so",
    check: ({ document }) => {
      const { continuity } = document;
      if (isOfAllServices(document)) {
        return ofServices(document, ({ notCarried }, key) =>
          unless(notCarried?.why !== "stores-only", `${key}.notCarried.why`, notCarried?.why, "another reason"),
        );
      }
      if (continuity === undefined) {
        return claimsSwap(document) ? [finding("document.continuity", null, "what became of each service")] : [];
      }
      return [
        ...unless(continuity.canary === null, "document.continuity.canary", "there", "null: no canary wrote"),
        ...ofServices(document, ({ service, backup, restore, carried, counted, notCarried }, key) => {
          const why = notCarried?.why ?? null;
          const expected = isStore(service) ? null : "stores-only";
          return [
            ...unless(why === expected, `${key}.notCarried`, why, expected ?? "null: the stores replicate"),
            ...unless(backup === null, `${key}.backup`, backup?.id, "null: no backup was asked for"),
            ...unless(restore === null, `${key}.restore`, restore?.outcome, "null: nothing was restored"),
            ...unless(carried === null, `${key}.carried`, "there", "null: nothing was copied"),
            ...unless(isStore(service) || counted.length === 0, `${key}.counted`, "there", "none: it was not asked"),
          ];
        }),
      ];
    },
  },
];
