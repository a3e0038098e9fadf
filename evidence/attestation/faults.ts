import type { z } from "zod";
import { schemaFindings, shortJson } from "../schema-findings";
import type { AttestationFault } from "./attestation-rules";

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
