import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import type { KeyPurpose } from "../../settings/environment";

/** A public key's fingerprint: sha256 of its DER form (SubjectPublicKeyInfo), lower-case hexadecimal. */
export type KeyFingerprint = string;

/** A key that signs; the private part cannot be read from it. */
export interface SigningKey {
  readonly isFor: KeyPurpose;
  readonly fingerprint: KeyFingerprint;
  /** Pure Ed25519, or ECDSA with SHA-256 in DER form. */
  readonly sign: (bytes: Uint8Array) => Buffer;
}

/** A key that verifies. */
export interface VerifyingKey {
  readonly fingerprint: KeyFingerprint;
  readonly verifies: (bytes: Uint8Array, signature: Uint8Array) => boolean;
}

/**
 * A signing key from PEM text.
 * @throws Error saying what the text holds instead of an unencrypted Ed25519 or P-256 private key; never any of the key
 */
export function signingKeyFrom(pem: string, isFor: KeyPurpose): SigningKey {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) throw new Error("holds no private key in PEM form");
  if (pem.includes("ENCRYPTED")) throw new Error("is protected by a passphrase, which nobody is there to type");
  const key = parsed(() => createPrivateKey(pem), "private");
  const digest = digestOf(key);
  return {
    isFor,
    fingerprint: fingerprintOf(createPublicKey(key)),
    sign: (bytes) => sign(digest, bytes, { key, dsaEncoding: "der" }),
  };
}

/**
 * A verifying key from PEM text.
 * @throws Error saying what the text holds instead of an Ed25519 or P-256 public key
 */
export function verifyingKeyFrom(pem: string): VerifyingKey {
  if (pem.includes("PRIVATE KEY-----")) throw new Error("is a private key: whoever verifies must not have it");
  if (!pem.includes("-----BEGIN PUBLIC KEY-----")) throw new Error("holds no public key in PEM form");
  const key = parsed(() => createPublicKey(pem), "public");
  const digest = digestOf(key);
  return {
    fingerprint: fingerprintOf(key),
    verifies: (bytes, signature) => verify(digest, bytes, { key, dsaEncoding: "der" }, signature),
  };
}

/** The public key that belongs to a private one, both as PEM text. @throws Error when `pem` is not a private key */
export function publicPemOf(pem: string): string {
  return createPublicKey(parsed(() => createPrivateKey(pem), "private"))
    .export({ type: "spki", format: "pem" })
    .toString();
}

/** How a bundle names a public key: the fingerprint's bytes in base64, as Sigstore's tools write it. */
export function hintOf(fingerprint: KeyFingerprint): string {
  return Buffer.from(fingerprint, "hex").toString("base64");
}

function parsed(read: () => KeyObject, kind: "private" | "public"): KeyObject {
  try {
    return read();
  } catch {
    throw new Error(`holds no ${kind} key that can be read`);
  }
}

/** What is signed is hashed with this first; null for Ed25519, which takes the bytes as they are. */
function digestOf(key: KeyObject): "sha256" | null {
  const type = key.asymmetricKeyType;
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (type === "ed25519") return null;
  if (type === "ec" && curve === "prime256v1") return "sha256";
  throw new Error(`is a key of type ${[type, curve].filter(Boolean).join(" ")}, not Ed25519 or ECDSA P-256`);
}

function fingerprintOf(publicKey: KeyObject): KeyFingerprint {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("hex");
}
