import { type EvidenceDocument, evidenceDocumentSchema } from "../../evidence/document";
import { readEvidence } from "../../evidence/read-evidence";
import { type Verdict, verifyEvidence } from "../../evidence/verify/verify-evidence";
import type { Environment } from "../../settings/environment";

/** What an executed drill left in its evidence and what the verifier says of it, or why there is none to read. */
export type ExecutedEvidence =
  | { readonly document: EvidenceDocument; readonly verdict: Verdict }
  | { readonly document: null; readonly reason: string };

/**
 * Reads the evidence of an executed drill and verifies it by the environment's objectives, as a gate would.
 * @param lostAtMost most events that a drill of its kind may lose
 * @throws Error of zod when the document is not of version 1
 */
export async function readExecuted(
  file: string,
  { objectives }: Environment,
  lostAtMost: number,
): Promise<ExecutedEvidence> {
  const reading = await readEvidence(file);
  if (!reading.readable) return { document: null, reason: reading.reason };
  const verdict = verifyEvidence(reading, {
    mode: "execute",
    maxFailoverSeconds: objectives.max_failover_seconds,
    maxDataLagEvents: lostAtMost,
    nonce: null,
    freshness: null,
  });
  return { document: evidenceDocumentSchema.parse(JSON.parse(reading.documentText)), verdict };
}
