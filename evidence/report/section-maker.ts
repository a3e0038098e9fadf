import type { JudgedEvidence } from "./judged-evidence";
import type { Section } from "./report-model";

/** Makes one section of the report; null when the evidence has nothing that belongs into it. */
export type SectionMaker = (evidence: JudgedEvidence) => Section | null;
