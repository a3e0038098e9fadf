import { serializeDocument } from "../../evidence/canonical-json";
import type { EvidenceDocument } from "../../evidence/document";
import { judgeReading, type JudgedEvidence } from "../../evidence/report/judged-evidence";
import { forgedEnv, readingOf } from "./judge-evidence";
import { record } from "./valid-evidence";

/** A document as a report gets it: recorded by its last step, with the `.env` that belongs to it, judged by its own objectives. */
export function judgedDocument(document: EvidenceDocument): JudgedEvidence {
  const recorded = record(structuredClone(document));
  return judgeReading(readingOf(forgedEnv(recorded), serializeDocument(recorded).text));
}
