import { documentEnvValues } from "../../env-values";
import { factsSha256Of } from "../../facts-digest";
import type { DocumentEnvValues } from "../../env-contract";
import { unless, type Rule } from "../rule";

/** The keys, the document and its parts tell of one and the same run of one drill. */
export const agreementRules: readonly Rule[] = [
  {
    id: "env-matches-document",
    sentence: "every key says what the document says",
    check: ({ env, document }) => {
      const derived = Object.entries(documentEnvValues(document)) as [keyof DocumentEnvValues, string][];
      return derived.flatMap(([key, value]) =>
        unless(env[key] === value, key, env[key], `${JSON.stringify(value)}, as the document says`),
      );
    },
  },
  {
    id: "one-drill",
    sentence: "every step's result carries this drill's id",
    check: ({ document: { drill, steps } }) =>
      steps.flatMap((step, index) =>
        unless(step.drillId === drill.id, `document.steps[${index}].drillId`, step.drillId, drill.id),
      ),
  },
  {
    id: "one-run",
    sentence: "every step counts its times from the same zero, and the drill begins and ends with its steps",
    check: ({ document: { drill, steps } }) => {
      const [first, last] = [steps[0], steps.at(-1)];
      const zero = first?.originNs ?? "";
      return [
        ...steps.flatMap((step, index) =>
          unless(step.originNs === zero, `document.steps[${index}].originNs`, step.originNs, `${zero}, as steps[0]`),
        ),
        ...unless(drill.startedAt === first?.startedAt, "FAILOVER_STARTED_AT", drill.startedAt, `${first?.startedAt}`),
        ...unless(
          drill.finishedAt === last?.finishedAt,
          "FAILOVER_FINISHED_AT",
          drill.finishedAt,
          `${last?.finishedAt}`,
        ),
      ];
    },
  },
  {
    id: "facts-of-this-run",
    sentence: "nonce, hosts, objectives and findings are those that the last step to run had recorded when it ended",
    check: ({ document }) => {
      const index = document.steps.findLastIndex((step) => step.status !== "skipped");
      const recorded = document.steps[index]?.factsSha256 ?? null;
      if (recorded === null && !document.success) return [];
      const found = factsSha256Of(document);
      return unless(recorded === found, `document.steps[${index}].factsSha256`, recorded, `${found}, the document's`);
    },
  },
];
