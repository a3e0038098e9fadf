/** `mediaType` of the Sigstore bundle this project writes and reads: version 0.3. */
export const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** `payloadType` of the DSSE envelope: its payload is an in-toto statement. */
export const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** `_type` of the in-toto statement, version 1. */
export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** `predicateType` of the statement: in-toto's test result, version 0.1. */
export const PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1";
