import type { z } from "zod";
import { schemaFindings, shortJson } from "../schema-findings";

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

/** A fault of any found value; text stands as it is, everything else as JSON. */
export function fault(rule: AttestationFault["rule"], key: string, found: unknown, limit: string): AttestationFault {
  return { rule, key, value: typeof found === "string" ? found : shortJson(found), limit };
}

/** The faults of a value that does not have its schema's shape. */
export function schemaFaults(
  rule: AttestationFault["rule"],
  root: string,
  value: unknown,
  error: z.ZodError,
): AttestationFault[] {
  return schemaFindings(root, value, error).map((found) => ({ rule, ...found }));
}

/** One place where two JSON values differ. */
export interface Difference {
  readonly path: string;
  readonly found: unknown;
  readonly expected: unknown;
}

/** Where two JSON values differ, as deep as both have the same shape. */
export function differences(path: string, found: unknown, expected: unknown): Difference[] {
  if (JSON.stringify(found) === JSON.stringify(expected)) return [];
  if (Array.isArray(found) && Array.isArray(expected) && found.length === expected.length) {
    return found.flatMap((item, at) => differences(`${path}[${at}]`, item, expected[at]));
  }
  if (isRecord(found) && isRecord(expected)) {
    const keys = [...new Set([...Object.keys(found), ...Object.keys(expected)])];
    return keys.flatMap((key) => differences(`${path}.${key}`, found[key], expected[key]));
  }
  return [{ path, found, expected }];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
