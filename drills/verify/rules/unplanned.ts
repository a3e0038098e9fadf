import { STORE_NAMES, type StoreName } from "../../../settings/services";
import type { EvidenceDocument, Fence, Signal } from "../../evidence/document";
import { CLOCK_TOLERANCE_MS } from "./times";
import { promotedAtMs, stepOf, unless, type Rule } from "../rule";

/** From where an observer looks: two that look the same way are fooled by the same cut. */
const VANTAGE: Readonly<Record<Signal["observer"], string>> = {
  operator: "operator",
  engine: "operator",
  standby: "standby",
  "fence-command": "fence-command",
};

type Demotion = "passed" | "failed" | "bypassed";

/** What a fence makes of demote-primary: done by the drill, done because the host is off, or not proved. */
const DEMOTION: Readonly<Record<Fence["method"], Demotion>> = {
  "clean-shutdown": "passed",
  "writes-paused": "passed",
  "container-stopped": "passed",
  "own-port": "passed",
  "fence-command": "failed",
  "accepted-unfenced": "bypassed",
};

/** Why an unplanned drill was one, and by what right it promoted. */
export const unplannedRules: readonly Rule[] = [
  {
    id: "unplanned-told",
    sentence:
      "an unplanned drill that got past its precheck tells of signals, fence and loss bound; no planned one does",
    check: ({ document }) => {
      const { drill, unplanned, success } = document;
      const looked = success || (drill.mode === "execute" && stepOf(document, "precheck")?.status === "passed");
      return drill.kind === "planned"
        ? unless(unplanned === null, "document.unplanned", "present", "none in a planned drill")
        : unless(unplanned !== null || !looked, "document.unplanned", null, "what an unplanned drill saw");
    },
  },
  {
    id: "signals-in-drill",
    sentence: "every look at the old primary was taken during the drill",
    check: ({ document: { unplanned, steps } }) => {
      const [first, last] = [steps[0]?.startedAtMs ?? 0, steps.at(-1)?.finishedAtMs ?? 0];
      return (unplanned?.signals ?? []).flatMap(({ atMs }, index) =>
        unless(atMs >= first && atMs <= last, `document.unplanned.signals[${index}].atMs`, atMs, `${first} to ${last}`),
      );
    },
  },
  {
    id: "seen-gone-twice",
    sentence: "before promotion, from two places, at least one store of the old primary was seen to be gone",
    check: ({ document }) => {
      if (!document.success || document.drill.kind === "planned") return [];
      const seen = STORE_NAMES.map(
        (store) => `${store} from ${seenGoneFrom(document, store).join(" and ") || "nowhere"}`,
      );
      const holds = STORE_NAMES.some((store) => seenGoneFrom(document, store).length >= 2);
      return unless(holds, "document.unplanned.signals", seen.join(", "), "one store from two places");
    },
  },
  {
    id: "unfenced-only-when-gone",
    sentence: "no words allow a promotion beside a store that was not seen to be gone from two places",
    check: ({ document }) => {
      if (!document.success) return [];
      return document.fences.flatMap(({ method, store }, index) => {
        const places = seenGoneFrom(document, store);
        const holds = method !== "accepted-unfenced" || places.length >= 2;
        const limit = `a proof, since ${store} was seen gone from ${places.join() || "nowhere"}`;
        return unless(holds, `document.fences[${index}].method`, method, limit);
      });
    },
  },
  {
    id: "accepted-in-words",
    sentence: "an unfenced promotion was accepted during the drill, and the fence says why in the same words",
    check: ({ document }) => {
      const { unplanned, fences, drill } = document;
      const key = "document.unplanned.acceptedUnfenced";
      const accepted = unplanned?.acceptedUnfenced ?? null;
      const unfenced = fences.filter((fence) => fence.method === "accepted-unfenced");
      if (accepted === null)
        return unless(unfenced.length === 0, key, "none", "who accepted the unfenced store, and why");
      const at = Date.parse(accepted.at);
      const inside =
        at >= Date.parse(drill.startedAt) - CLOCK_TOLERANCE_MS &&
        at <= Date.parse(drill.finishedAt) + CLOCK_TOLERANCE_MS;
      return [
        ...unless(unfenced.length > 0, key, "present", "none, since no fence is accepted-unfenced"),
        ...unless(inside, `${key}.at`, accepted.at, `${drill.startedAt} to ${drill.finishedAt}`),
        ...unfenced.flatMap(({ store, detail }) =>
          unless(
            detail.includes(accepted.reason),
            `${key}.reason`,
            accepted.reason,
            `in the fence of ${store}: ${detail}`,
          ),
        ),
      ];
    },
  },
  {
    id: "demotion-fits-fences",
    sentence:
      "promotion followed a demotion that passed when the stores were stopped, failed when their host was off, and was bypassed when unfenced",
    check: ({ document }) => {
      const { drill, fences } = document;
      const promote = stepOf(document, "promote-standby")?.status;
      const ran = promote === "passed" || promote === "failed";
      if (drill.mode === "dry-run" || drill.kind === "planned" || !ran) return [];
      const methods = fences.map(({ method }) => DEMOTION[method]);
      const fits = (["bypassed", "failed"] as const).find((one) => methods.includes(one)) ?? "passed";
      const status = stepOf(document, "demote-primary")?.status;
      const limit = `${fits}, as its fences say (${fences.map(({ method }) => method).join()})`;
      return unless(status === fits, "STEP_DEMOTE_PRIMARY_STATUS", status, limit);
    },
  },
];

/** From how many different places a store was gone when each of them last looked before its promotion began. */
function seenGoneFrom(document: EvidenceDocument, store: StoreName): string[] {
  const promoted = promotedAtMs(document, store) ?? Infinity;
  const last = new Map<Signal["observer"], Signal>();
  for (const signal of document.unplanned?.signals ?? []) {
    const ofStore = signal.store === store || signal.store === null;
    if (!ofStore || signal.atMs > promoted) continue;
    if (signal.atMs >= (last.get(signal.observer)?.atMs ?? 0)) last.set(signal.observer, signal);
  }
  return [...new Set([...last.values()].filter(({ gone }) => gone).map(({ observer }) => VANTAGE[observer]))];
}
