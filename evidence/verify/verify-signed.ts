import { ATTESTATION_RULES } from "../attestation/faults";
import type { VerifyingKey } from "../attestation/keys";
import type { BundleReading } from "../attestation/read-bundle";
import { verifyBundle } from "../attestation/verify-bundle";
import { evidenceDocumentSchema, type EvidenceDocument } from "../document";
import type { EvidenceReading } from "../read-evidence";
import type { Expectations } from "./rule";
import { verifyEvidence, type Verdict } from "./verify-evidence";

/** What signed evidence is held against beside the rules: the bundle as it was read, and the key that is trusted. */
export interface SignatureToVerify {
  readonly bundle: BundleReading;
  readonly key: VerifyingKey;
}

/**
 * Holds evidence against its signature, and then against every rule. What breaks the signature is told first; a file
 * that was edited until it is no JSON any more is refused too, because it is not what was signed.
 */
export function verifySignedEvidence(
  reading: EvidenceReading,
  { bundle, key }: SignatureToVerify,
  expectations: Expectations,
): Verdict {
  const verdict = verifyEvidence(reading, expectations);
  if (!reading.readable) return verdict;
  if (!bundle.readable) return { verdict: "unverifiable", reason: bundle.reason, next: bundle.next };
  const signed = verifyBundle(bundle.text, key, { ...reading, document: wellFormed(reading.documentText) });
  if (!signed.ok) {
    const more = verdict.verdict === "refused" ? verdict.violations : [];
    return { verdict: "refused", source: reading.source, violations: [...signed.faults, ...more] };
  }
  if (verdict.verdict !== "accepted") return verdict;
  const [, { annotations }] = signed.statement.predicate.configuration;
  return {
    ...verdict,
    rules: verdict.rules + ATTESTATION_RULES.length,
    signature: { keyIsFor: annotations.isFor, keySha256: key.fingerprint },
  };
}

function wellFormed(documentText: string): EvidenceDocument | null {
  try {
    return evidenceDocumentSchema.safeParse(JSON.parse(documentText)).data ?? null;
  } catch {
    return null;
  }
}
