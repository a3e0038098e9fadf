import { serializeDocument } from "../../evidence/canonical-json";
import type { EvidenceDocument } from "../../evidence/document";
import { ENV_CONTRACT } from "../../evidence/env-contract";
import { parseEnv } from "../../evidence/env-text";
import { documentEnvValues } from "../../evidence/env-values";
import type { ReadableEvidence } from "../../evidence/read-evidence";
import type { Expectations } from "../../evidence/verify/rule";
import { verifyEvidence, type Verdict } from "../../evidence/verify/verify-evidence";

/** What a gate asks for that has no special wish. */
export const EXPECTATIONS: Expectations = {
  mode: "execute",
  maxFailoverSeconds: 60,
  maxDataLagEvents: 5,
  nonce: null,
  freshness: null,
};

/** The `.env` text of a document as a forger would write it: nothing is checked. */
export function forgedEnv(document: EvidenceDocument, sha256 = serializeDocument(document).sha256): string {
  const values: Readonly<Record<string, string>> = {
    ...documentEnvValues(document),
    FAILOVER_EVIDENCE_SHA256: sha256,
  };
  return ENV_CONTRACT.map(({ key }) => `${key}=${values[key]}\n`).join("");
}

/** Evidence as the verifier reads it from two texts. */
export function readingOf(envText: string, documentText: string): ReadableEvidence {
  return { readable: true, source: "test.env", env: parseEnv(Buffer.from(envText, "latin1")), envText, documentText };
}

/** The verdict on a document with the `.env` that belongs to it. */
export function judge(document: EvidenceDocument, expectations: Partial<Expectations> = {}): Verdict {
  const { text } = serializeDocument(document);
  return verifyEvidence(readingOf(forgedEnv(document), text), { ...EXPECTATIONS, ...expectations });
}

/** The ids of the rules that a verdict names, each once. */
export function rulesNamed(verdict: Verdict): string[] {
  return verdict.verdict === "refused" ? [...new Set(verdict.violations.map((one) => one.rule))] : [];
}
