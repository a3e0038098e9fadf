import { documentEnvValues } from "../../evidence/env-values";
import type { DocumentEnvValues } from "../../evidence/env-contract";
import { unless, type Rule } from "../rule";

/** The keys, the document and its parts tell of one and the same drill. */
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
];
