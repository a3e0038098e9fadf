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
