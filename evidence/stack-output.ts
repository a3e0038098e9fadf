import { z } from "zod";
import { canonicalJson, serializeDocument } from "./canonical-json";
import type { EvidenceDocument } from "./document";
import type { EnvValues } from "./env-contract";
import { checkEnvEntries, envTextOf } from "./env-text";
import { documentEnvValues } from "./env-values";
import type { EvidenceReading } from "./read-evidence";

/** Name of the stack output that carries the evidence. */
export const EVIDENCE_OUTPUT = "evidence";

const stackEvidenceSchema = z.strictObject({
  version: z.literal(1),
  env: z.record(z.string(), z.string()),
  document: z.record(z.string(), z.unknown()),
});

/** The stack output `evidence`: what the two files hold, as one value. */
export interface StackEvidence {
  readonly version: 1;
  readonly env: EnvValues;
  readonly document: EvidenceDocument;
}

/** The stack output for a document. */
export function stackEvidence(document: EvidenceDocument): StackEvidence {
  const { sha256 } = serializeDocument(document);
  return { version: 1, env: { ...documentEnvValues(document), FAILOVER_EVIDENCE_SHA256: sha256 }, document };
}

/**
 * Reads the JSON text of a stack's `evidence` output. Never throws: what is not such an output is unreadable, with the
 * reason. Whether the evidence holds is for the verifier to say.
 */
export function readStackEvidence(stack: string, outputJson: string): EvidenceReading {
  const unreadable = (reason: string): EvidenceReading => ({
    readable: false,
    reason: `stack ${stack}: ${reason}`,
    next: `pulumi -s ${stack} stack output ${EVIDENCE_OUTPUT} --json`,
  });
  let output: unknown;
  try {
    output = JSON.parse(outputJson);
  } catch {
    return unreadable(`its output "${EVIDENCE_OUTPUT}" is not JSON`);
  }
  const parsed = stackEvidenceSchema.safeParse(output);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = [EVIDENCE_OUTPUT, ...(issue?.path ?? [])].join(".");
    return unreadable(`its output is not evidence of version 1 (${where}: ${issue?.message ?? "malformed"})`);
  }
  const { document } = parsed.data;
  const env = checkEnvEntries(Object.entries(parsed.data.env));
  return {
    readable: true,
    source: `stack ${stack}`,
    env,
    envText: env.ok ? envTextOf(env.values) : "",
    documentText: canonicalJson(document),
  };
}
