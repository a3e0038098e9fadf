import type { EvidenceDocument } from "../../evidence/document";
import { record } from "./valid-evidence";

/** The same drill some milliseconds later. */
export function later(byMs: number, document: EvidenceDocument): EvidenceDocument {
  const moved = (text: string): string => new Date(Date.parse(text) + byMs).toISOString();
  const times = /"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)"/g;
  const text = JSON.stringify(document).replaceAll(times, (_all, time: string) => `"${moved(time)}"`);
  return record(JSON.parse(text) as EvidenceDocument);
}
