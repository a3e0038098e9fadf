/** The rules that a signature is held against, in the order in which violations are told. */
export const ATTESTATION_RULES = [
  { id: "bundle-media-type", sentence: "the bundle says that it is a Sigstore bundle of version 0.3" },
  {
    id: "bundle-schema",
    sentence: "the bundle has the fields of its version for one key and one signature, without keyid, and no other",
  },
  { id: "bundle-canonical", sentence: "the bundle's text is the one text this bundle has" },
  { id: "bundle-key", sentence: "the bundle names the key that was given" },
  { id: "payload-type", sentence: "the signed payload says that it is an in-toto statement" },
  { id: "signature", sentence: "the signature is of this payload and its type, by the key that was given" },
  { id: "statement-schema", sentence: "the payload is an in-toto statement of version 1 with a test result of 0.1" },
  { id: "subject-digest", sentence: "the two files are, byte for byte, the ones that were signed" },
  { id: "statement-agrees", sentence: "the statement says of the drill and the key what evidence and key say" },
] as const satisfies readonly { readonly id: string; readonly sentence: string }[];

/** What was found against one of these rules: where, what was found, what was expected. */
export interface AttestationFault {
  readonly rule: (typeof ATTESTATION_RULES)[number]["id"];
  readonly key: string;
  readonly value: string;
  readonly limit: string;
}
