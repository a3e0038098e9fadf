import { successStatuses } from "../../compose-evidence";
import { DEMOTION } from "../../../settings/steps";
import { claimsSwap, unless, type Rule } from "../rule";

/** The drill succeeded, and what it claims is known. */
export const outcomeRules: readonly Rule[] = [
  {
    id: "drill-succeeded",
    sentence: "the drill did what it promised",
    check: ({ env, document }) =>
      unless(
        env.FAILOVER_SUCCESS === "true",
        "FAILOVER_SUCCESS",
        env.FAILOVER_SUCCESS,
        document.failedStep === null ? "true" : `true (${document.failedStep} failed)`,
      ),
  },
  {
    id: "success-without-failure",
    sentence: `a success has no failed step, except ${DEMOTION} in a failover, whose host may be gone`,
    check: ({ document }) =>
      !document.success
        ? []
        : document.steps.flatMap((step, index) => {
            const allowed = successStatuses(document.drill, step.step);
            const key = `document.steps[${index}].status`;
            return unless(allowed.includes(step.status), key, step.status, `${allowed.join("|")}, since success=true`);
          }),
  },
  {
    id: "refused-stays-refused",
    sentence: "a drill that refused as unsafe is no success, and ran no step after it",
    check: ({ document: { success, steps } }) =>
      steps.flatMap((step, index) => {
        if (step.failure?.refused !== true) return [];
        const later = steps.slice(index + 1).findIndex((one) => one.status !== "skipped");
        const limit = `false, since ${step.step} refused`;
        return [
          ...unless(!success, "FAILOVER_SUCCESS", success, limit),
          ...unless(
            later < 0,
            `document.steps[${index + 1 + later}].status`,
            steps[index + 1 + later]?.status,
            "skipped",
          ),
        ];
      }),
  },
  {
    id: "standby-was-following",
    sentence: "the standby's replication link was up before the drill",
    check: ({ document }) => {
      const linkUp = document.lagBefore?.redis.linkUp;
      const applies = document.success && document.drill.kind === "planned";
      return unless(!applies || linkUp === true, "document.lagBefore.redis.linkUp", linkUp, "true");
    },
  },
  {
    id: "objectives-met",
    sentence: "a success meets the objectives it was started with",
    check: ({ document }) => {
      const { objectives, drill } = document;
      const lost = (document.probe?.timescaledb.counts.lost ?? 0) + (document.probe?.redis.counts.lost ?? 0);
      if (!claimsSwap(document)) return [];
      return [
        ...unless(
          drill.durationMs <= objectives.maxFailoverSeconds * 1000,
          "document.drill.durationMs",
          drill.durationMs,
          `at most ${objectives.maxFailoverSeconds * 1000}, its own objective`,
        ),
        ...unless(
          lost <= objectives.maxDataLagEvents,
          "DATA_SYNC_LAG_EVENTS",
          lost,
          `at most ${objectives.maxDataLagEvents}, its own objective`,
        ),
      ];
    },
  },
];
