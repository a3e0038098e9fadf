import { createHash } from "node:crypto";
import type { EvidenceDocument } from "./document";

/** The JSON text of the evidence and its sha256 in lower-case hexadecimal, the value of FAILOVER_EVIDENCE_SHA256. */
export interface SerializedDocument {
  readonly text: string;
  readonly sha256: string;
}

/** The one JSON text a document has, and its checksum. */
export function serializeDocument(document: EvidenceDocument): SerializedDocument {
  const text = canonicalJson(document);
  return { text, sha256: sha256Of(text) };
}

/** sha256 of `text` as UTF-8, in lower-case hexadecimal. */
export function sha256Of(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * The one JSON text of a value: object keys in code-unit order, one a line with two spaces of indent; an array without
 * objects on one line (that keeps thousands of samples compact); a line feed at the end.
 */
export function canonicalJson(value: unknown): string {
  return `${render(value, "")}\n`;
}

function render(value: unknown, indent: string): string {
  if (value === null || typeof value !== "object" || !holdsObject(value)) return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    return `[\n${value.map((item) => inner + render(item, inner)).join(",\n")}\n${indent}]`;
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, member]) => `${inner}${JSON.stringify(key)}: ${render(member, inner)}`);
  return members.length === 0 ? "{}" : `{\n${members.join(",\n")}\n${indent}}`;
}

function holdsObject(value: unknown): boolean {
  return Array.isArray(value) ? value.some(holdsObject) : value !== null && typeof value === "object";
}
