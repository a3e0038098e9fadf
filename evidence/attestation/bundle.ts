import { z } from "zod";
import { BUNDLE_MEDIA_TYPE, PAYLOAD_TYPE } from "./formats";
import { hintOf, type SigningKey } from "./keys";
import type { Statement } from "./statement";
import { canonicalJson } from "../canonical-json";

/**
 * The bytes that a DSSE signature is of: `DSSEv1`, then type and payload, each after its length in bytes. The lengths
 * keep one pair of type and payload from reading as another.
 */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    Buffer.from(payload),
  ]);
}

const base64 = z
  .string()
  .min(1)
  .refine((text) => Buffer.from(text, "base64").toString("base64") === text, "base64, padded, in its one form");

/** A Sigstore bundle around a DSSE envelope with one signature: exactly these fields. Which types it names is judged apart. */
export const bundleSchema = z.strictObject({
  mediaType: z.string(),
  verificationMaterial: z.strictObject({ publicKey: z.strictObject({ hint: z.string() }) }),
  dsseEnvelope: z.strictObject({
    payload: base64,
    payloadType: z.string(),
    signatures: z.tuple([z.strictObject({ sig: base64 })]),
  }),
});

/** A Sigstore bundle as it is read; nothing in it is verified yet. */
export type Bundle = z.infer<typeof bundleSchema>;

/** The text of the bundle in which `statement` is signed with `key`. */
export function signedBundle(statement: Statement, key: SigningKey): string {
  const payload = Buffer.from(canonicalJson(statement), "utf8");
  const bundle: Bundle = {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: hintOf(key.fingerprint) } },
    dsseEnvelope: {
      payload: payload.toString("base64"),
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: key.sign(preAuthenticationEncoding(PAYLOAD_TYPE, payload)).toString("base64") }],
    },
  };
  return canonicalJson(bundle);
}
