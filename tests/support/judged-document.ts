import { serializeDocument } from "../../drills/evidence/canonical-json";
import type { EvidenceDocument } from "../../drills/evidence/document";
import { judgeReading, type JudgedEvidence } from "../../drills/report/judged-evidence";
import { forgedEnv, readingOf } from "./judge-evidence";

/** A document as a report gets it: with the `.env` that belongs to it, judged by its own objectives. */
export function judgedDocument(document: EvidenceDocument): JudgedEvidence {
  return judgeReading(readingOf(forgedEnv(document), serializeDocument(document).text));
}
