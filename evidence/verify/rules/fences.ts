import { STORE_NAMES, type StoreName } from "../../../settings/services";
import { DEMOTION, FIRST_STEP, PROMOTION, stepRow } from "../../../settings/steps";
import type { Fence } from "../../document";
import { claimsSwap, promotedAtMs, promotionMark, stepOf, unless, type Rule } from "../rule";

const PLANNED_METHODS: Readonly<Record<StoreName, readonly Fence["method"][]>> = {
  timescaledb: ["clean-shutdown"],
  redis: ["writes-paused"],
};

const UNPLANNED_METHODS: readonly Fence["method"][] = [
  "clean-shutdown",
  "writes-paused",
  "container-stopped",
  "fence-command",
  "own-port",
  "accepted-unfenced",
];

/** The old primary could not write any more when the new one was promoted. */
export const fenceRules: readonly Rule[] = [
  {
    id: "promotion-marked",
    sentence: `${PROMOTION} marks once, on the new host, when each store's promotion began`,
    check: ({ document }) => {
      if (!claimsSwap(document)) return [];
      const marks = stepOf(document, PROMOTION)?.marks ?? [];
      return STORE_NAMES.flatMap((store) => {
        const hosts = marks.filter((mark) => mark.name === promotionMark(store)).map((mark) => mark.host ?? "unknown");
        const key = `document.steps.${PROMOTION}.marks.${promotionMark(store)}`;
        return unless(hosts.join() === document.drill.toHost, key, hosts.join() || "none", document.drill.toHost);
      });
    },
  },
  {
    id: "fenced-before-promotion",
    sentence: "for each store the old primary was proved unable to write before the new one's promotion began",
    check: ({ document }) => {
      if (!claimsSwap(document)) return [];
      return STORE_NAMES.flatMap((store) => {
        const fence = document.fences.find((one) => one.store === store);
        const promoted = promotedAtMs(document, store);
        return unless(
          fence !== undefined && promoted !== undefined && fence.provedAtMs <= promoted,
          `document.fences.${store}.provedAtMs`,
          fence?.provedAtMs,
          `at most ${promoted ?? "unknown"}, when the promotion of ${store} began`,
        );
      });
    },
  },
  {
    id: "fence-in-drill",
    sentence: "a fence stands on the old primary, once for each store, and was proved during the drill",
    check: ({ document }) =>
      document.fences.flatMap((fence, index) => {
        const key = `document.fences[${index}]`;
        const planned = document.drill.kind === "planned";
        const earliest = stepOf(document, planned ? DEMOTION : FIRST_STEP)?.startedAtMs ?? 0;
        const latest = document.steps.at(-1)?.finishedAtMs ?? 0;
        return [
          ...unless(fence.host === document.drill.fromHost, `${key}.host`, fence.host, document.drill.fromHost),
          ...unless(
            document.fences.findIndex((one) => one.store === fence.store) === index,
            `${key}.store`,
            fence.store,
            "one fence for each store",
          ),
          ...unless(
            fence.provedAtMs >= earliest && fence.provedAtMs <= latest,
            `${key}.provedAtMs`,
            fence.provedAtMs,
            `${earliest} to ${latest}`,
          ),
        ];
      }),
  },
  {
    id: "fence-method",
    sentence:
      "a switchover stops PostgreSQL cleanly and pauses Redis; only a failover may go on unfenced, on an operator's words",
    check: ({ document }) =>
      document.fences.flatMap((fence, index) => {
        const methods = document.drill.kind === "planned" ? PLANNED_METHODS[fence.store] : UNPLANNED_METHODS;
        const reasoned = fence.method !== "accepted-unfenced" || fence.detail.trim() !== "";
        return [
          ...unless(
            methods.includes(fence.method),
            `document.fences[${index}].method`,
            fence.method,
            methods.join("|"),
          ),
          ...unless(reasoned, `document.fences[${index}].detail`, fence.detail, "the operator's reason, in words"),
        ];
      }),
  },
  {
    id: "bypass-accepted",
    sentence: `${DEMOTION} is bypassed only where the operator accepted an unfenced host`,
    check: ({ document }) => {
      const accepted = document.fences.some((fence) => fence.method === "accepted-unfenced");
      const bypassed = stepOf(document, DEMOTION)?.status === "bypassed";
      return unless(!bypassed || accepted, stepRow(DEMOTION).evidenceKey, "bypassed", "an accepted-unfenced fence");
    },
  },
];
