import type { Fence } from "../../document";
import { DEMOTION, PRECHECK, PROMOTION, stepRow } from "../../../settings/steps";
import { CLOCK_TOLERANCE_MS } from "./times";
import { stepOf, unless, type Rule } from "../rule";

type Demotion = "passed" | "failed" | "bypassed";

/** What a fence makes of the demotion: done by the drill, done because the host is off, or not proved. */
const DEMOTION_BY: Readonly<Record<Fence["method"], Demotion>> = {
  "clean-shutdown": "passed",
  "writes-paused": "passed",
  "container-stopped": "passed",
  "own-port": "passed",
  "fence-command": "failed",
  "accepted-unfenced": "bypassed",
};

/** By what right an unplanned drill promoted, and in whose words. */
export const unplannedRules: readonly Rule[] = [
  {
    id: "unplanned-told",
    sentence:
      "a failover that got past its precheck has signals, a fence and a loss bound; a switchover has none of them",
    check: ({ document }) => {
      const { drill, unplanned, success } = document;
      const looked = success || (drill.mode === "execute" && stepOf(document, PRECHECK)?.status === "passed");
      return drill.kind === "planned"
        ? unless(unplanned === null, "document.unplanned", "present", "none in a planned drill")
        : unless(unplanned !== null || !looked, "document.unplanned", null, "what an unplanned drill saw");
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
      const promote = stepOf(document, PROMOTION)?.status;
      const ran = promote === "passed" || promote === "failed";
      if (drill.mode === "dry-run" || drill.kind === "planned" || !ran) return [];
      const methods = fences.map(({ method }) => DEMOTION_BY[method]);
      const fits = (["bypassed", "failed"] as const).find((one) => methods.includes(one)) ?? "passed";
      const status = stepOf(document, DEMOTION)?.status;
      const limit = `${fits}, as its fences say (${fences.map(({ method }) => method).join()})`;
      return unless(status === fits, stepRow(DEMOTION).evidenceKey, status, limit);
    },
  },
];
