import type { KeyPurpose } from "../../settings/environment";
import type { KeyFingerprint } from "../attestation/keys";
import { serializeDocument, sha256Of } from "../canonical-json";
import { evidenceDocumentSchema, type EvidenceDocument } from "../document";
import type { EnvValues } from "../env-contract";
import type { EvidenceReading, ReadableEvidence } from "../read-evidence";
import { leftOutServices } from "../stores-only";
import { schemaFindings } from "../schema-findings";
import type { Expectations, Violation } from "./rule";
import { FORM_RULES, RULES } from "./rules";

/**
 * The verdict on evidence. `refused` names every rule that is broken; `unverifiable` means that nothing could be
 * judged, which is neither accepted nor refused.
 */
export type Verdict =
  | {
      readonly verdict: "accepted";
      readonly source: string;
      readonly env: EnvValues;
      readonly rules: number;
      /** The other services, where the drill was of the two stores only; absent where all services took part. */
      readonly storesOnly?: readonly string[];
      /** The key whose signature was verified, and what it is for; absent when no key was given. */
      readonly signature?: { readonly keyIsFor: KeyPurpose; readonly keySha256: KeyFingerprint };
    }
  | { readonly verdict: "refused"; readonly source: string; readonly violations: readonly Violation[] }
  | { readonly verdict: "unverifiable"; readonly reason: string; readonly next: string };

/** Holds evidence against every rule and against what is expected of it. Pure: the clock comes with the expectations. */
export function verifyEvidence(reading: EvidenceReading, expectations: Expectations): Verdict {
  if (!reading.readable) return { verdict: "unverifiable", reason: reading.reason, next: reading.next };
  const { source, env } = reading;
  if (!env.ok) return { verdict: "refused", source, violations: env.faults };
  const form = readDocument(reading, env.values);
  if ("verdict" in form) return form;
  if (form.document === null) return { verdict: "refused", source, violations: form.violations };
  const { pendingOperations = [] } = reading;
  const evidence = { env: env.values, document: form.document, pendingOperations };
  const violations = RULES.flatMap((rule) =>
    rule.check(evidence, expectations).map((found): Violation => ({ rule: rule.id, ...found })),
  );
  const all = [...form.violations, ...violations];
  if (all.length > 0) return { verdict: "refused", source, violations: all };
  const left = leftOutServices(form.document.drill);
  return {
    ...{ verdict: "accepted", source, env: env.values, rules: RULES.length + FORM_RULES.length },
    ...(left.length === 0 ? {} : { storesOnly: left }),
  };
}

interface DocumentForm {
  readonly document: EvidenceDocument | null;
  readonly violations: readonly Violation[];
}

function readDocument({ documentText, source }: ReadableEvidence, env: EnvValues): DocumentForm | Verdict {
  let value: unknown;
  try {
    value = JSON.parse(documentText);
  } catch {
    return {
      verdict: "unverifiable",
      reason: `the JSON document of ${source} is truncated or not JSON`,
      next: "understudy failover --env-config ENVIRONMENT.yaml --output-file FILE.env",
    };
  }
  const violations: Violation[] = [];
  const claimed = env.FAILOVER_EVIDENCE_SHA256;
  const actual = sha256Of(documentText);
  if (claimed !== actual) {
    const limit = `${actual}, the document's`;
    violations.push({ rule: "document-sha256", key: "FAILOVER_EVIDENCE_SHA256", value: claimed, limit });
  }
  const parsed = evidenceDocumentSchema.safeParse(value);
  if (!parsed.success) {
    const findings = schemaFindings("document", value, parsed.error);
    return {
      document: null,
      violations: [...violations, ...findings.map((one) => ({ rule: "document-schema", ...one }))],
    };
  }
  if (serializeDocument(parsed.data).text !== documentText) {
    const limit = "the canonical JSON text: keys sorted, each once";
    violations.push({ rule: "document-canonical", key: "document", value: "another text", limit });
  }
  return { document: parsed.data, violations };
}
