import { canonicalJson, sha256Of } from "../canonical-json";
import type { EvidenceDocument } from "../document";
import { type AttestationFault, differences, fault, schemaFaults } from "./faults";
import { type Bundle, bundleSchema, preAuthenticationEncoding } from "./bundle";
import { BUNDLE_MEDIA_TYPE, PAYLOAD_TYPE } from "./formats";
import { hintOf, type VerifyingKey } from "./keys";
import { predicateOf, statementSchema, type Statement } from "./statement";

/** The evidence a signature should be of, as it lies here. */
export interface SignedEvidence {
  readonly envText: string;
  readonly documentText: string;
  /** The document, when its text is well formed: then the statement is compared with it too. */
  readonly document: EvidenceDocument | null;
}

/** The statement that was signed, or everything that is wrong. */
export type BundleVerdict =
  | { readonly ok: true; readonly statement: Statement }
  | { readonly ok: false; readonly faults: readonly AttestationFault[] };

/**
 * Holds a bundle against the key and the evidence. Pure. Nothing inside the payload is looked at before its signature
 * holds.
 */
export function verifyBundle(bundleText: string, key: VerifyingKey, evidence: SignedEvidence): BundleVerdict {
  const envelope = openBundle(bundleText, key);
  if (!Buffer.isBuffer(envelope)) return { ok: false, faults: envelope };
  const statement = readStatement(envelope);
  if (Array.isArray(statement)) return { ok: false, faults: statement };
  const faults = [...subjectFaults(statement, evidence), ...predicateFaults(statement, key, evidence.document)];
  return faults.length > 0 ? { ok: false, faults } : { ok: true, statement };
}

/** The payload whose signature holds, or what is wrong with the bundle around it. */
function openBundle(text: string, key: VerifyingKey): Buffer | AttestationFault[] {
  const value = parseJson(text);
  const mediaType = (value as { mediaType?: unknown } | null | undefined)?.mediaType;
  const faults =
    mediaType === BUNDLE_MEDIA_TYPE
      ? []
      : [fault("bundle-media-type", "bundle.mediaType", mediaType, BUNDLE_MEDIA_TYPE)];
  const parsed = bundleSchema.safeParse(value);
  if (!parsed.success) return [...faults, ...schemaFaults("bundle-schema", "bundle", value, parsed.error)];
  const payload = Buffer.from(parsed.data.dsseEnvelope.payload, "base64");
  faults.push(...textFaults(text, parsed.data), ...envelopeFaults(parsed.data, payload, key));
  return faults.length > 0 ? faults : payload;
}

function textFaults(text: string, bundle: Bundle): AttestationFault[] {
  if (canonicalJson(bundle) === text) return [];
  return [fault("bundle-canonical", "bundle", "another text", "the canonical JSON text: keys sorted, each once")];
}

function envelopeFaults(bundle: Bundle, payload: Buffer, key: VerifyingKey): AttestationFault[] {
  const { payloadType, signatures } = bundle.dsseEnvelope;
  const { hint } = bundle.verificationMaterial.publicKey;
  const faults: AttestationFault[] = [];
  const expectedHint = hintOf(key.fingerprint);
  if (hint !== expectedHint) {
    faults.push(
      fault("bundle-key", "bundle.verificationMaterial.publicKey.hint", hint, `${expectedHint}, the given key's`),
    );
  }
  if (payloadType !== PAYLOAD_TYPE) {
    faults.push(fault("payload-type", "bundle.dsseEnvelope.payloadType", payloadType, PAYLOAD_TYPE));
  }
  const [{ sig }] = signatures;
  if (!key.verifies(preAuthenticationEncoding(payloadType, payload), Buffer.from(sig, "base64"))) {
    const limit = `a signature of the payload by the given key, sha256 ${key.fingerprint}`;
    faults.push(fault("signature", "bundle.dsseEnvelope.signatures[0].sig", sig, limit));
  }
  return faults;
}

function readStatement(payload: Buffer): Statement | AttestationFault[] {
  const value = parseJson(payload.toString("utf8"));
  const parsed = statementSchema.safeParse(value);
  return parsed.success ? parsed.data : schemaFaults("statement-schema", "statement", value, parsed.error);
}

function subjectFaults({ subject }: Statement, evidence: SignedEvidence): AttestationFault[] {
  const found = [evidence.envText, evidence.documentText].map(sha256Of);
  return subject.flatMap(({ name, digest }, at) =>
    found[at] === digest.sha256
      ? []
      : [fault("subject-digest", name, found[at], `${digest.sha256}, the sha256 that was signed`)],
  );
}

function predicateFaults(
  { predicate }: Statement,
  { fingerprint }: VerifyingKey,
  document: EvidenceDocument | null,
): AttestationFault[] {
  if (document === null) return [];
  const { isFor } = predicate.configuration[1].annotations;
  return differences("statement.predicate", predicate, predicateOf(document, { fingerprint, isFor })).map(
    ({ path, found, expected }) =>
      fault("statement-agrees", path, found, `${JSON.stringify(expected)}, as the evidence says`),
  );
}

/** The value of a JSON text; undefined, which no schema takes, when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
