import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { signedBundle } from "../../evidence/attestation/bundle";
import {
  publicPemOf,
  signingKeyFrom,
  verifyingKeyFrom,
  type SigningKey,
  type VerifyingKey,
} from "../../evidence/attestation/keys";
import { statementOf } from "../../evidence/attestation/statement";
import { serializeDocument, sha256Of } from "../../evidence/canonical-json";
import type { EvidenceDocument } from "../../evidence/document";
import { verifySignedEvidence } from "../../evidence/verify/verify-signed";
import type { Verdict } from "../../evidence/verify/verify-evidence";
import type { KeyPurpose } from "../../settings/environment";
import { EXPECTATIONS, forgedEnv, readingOf } from "./judge-evidence";
import { plannedEvidence } from "./valid-evidence";

/** The two kinds of key that evidence may be signed with. */
export const KEY_KINDS = ["Ed25519", "ECDSA P-256"] as const;

/** A pair of keys made for a test. */
export interface TestKey {
  readonly pem: string;
  readonly publicPem: string;
  readonly signing: SigningKey;
  readonly verifying: VerifyingKey;
}

/** A private key as PEM text. */
export function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

/** A new pair of keys. */
export function testKey(kind: (typeof KEY_KINDS)[number] = "Ed25519", isFor: KeyPurpose = "lab"): TestKey {
  const { privateKey } =
    kind === "Ed25519" ? generateKeyPairSync("ed25519") : generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = pemOf(privateKey);
  const publicPem = publicPemOf(pem);
  return { pem, publicPem, signing: signingKeyFrom(pem, isFor), verifying: verifyingKeyFrom(publicPem) };
}

/** The texts of signed evidence. */
export interface SignedTexts {
  readonly env: string;
  readonly document: string;
  readonly bundle: string;
}

/** The three texts that a drill leaves. */
export function signedTexts(key: SigningKey, document: EvidenceDocument = plannedEvidence()): SignedTexts {
  const { text, sha256 } = serializeDocument(document);
  const env = forgedEnv(document);
  const subjects = {
    env: { name: "failover_result.env", sha256: sha256Of(env) },
    document: { name: "failover_result.json", sha256 },
  };
  return { env, document: text, bundle: signedBundle(statementOf(document, subjects, key), key) };
}

/** The verdict on three texts, with the key that is trusted. */
export function judgeSigned({ env, document, bundle }: SignedTexts, key: VerifyingKey): Verdict {
  return verifySignedEvidence(
    readingOf(env, document),
    { bundle: { readable: true, text: bundle }, key },
    EXPECTATIONS,
  );
}
