import { traceIdOf } from "../../trace/trace-ids";
import type { Verdict } from "../../verify/verify-evidence";
import { counted } from "../figures";
import type { Cell, SectionMaker } from "../report-model";

/** Which evidence this report was made from, and what the verifier says of it. */
export const evidenceSourceSection: SectionMaker = ({ document, sha256, verdict }) => {
  const { drill } = document;
  return {
    id: "evidence",
    title: "Evidence",
    blocks: [
      {
        kind: "facts",
        facts: [
          ["Drill", { text: drill.id, code: true }],
          ["Nonce", drill.nonce === "" ? "none was asked for" : { text: drill.nonce, code: true }],
          ["Kind and mode", `${drill.kind}, ${drill.mode}`],
          ["Environment", drill.environment],
          [
            "Trace in Tempo",
            drill.mode === "execute" ? { text: traceIdOf(drill.id), code: true } : "a dry run has none",
          ],
          ["Began", drill.startedAt],
          ["Ended", drill.finishedAt],
          ["sha256 of the document", { text: sha256, code: true }],
          ["Verifier", verdictCell(verdict)],
        ],
      },
      {
        kind: "text",
        text: "This report says nothing that is not in the evidence document, and the same document gives the same report. Times are UTC; moments are counted from the beginning of the drill, on one monotonic clock.",
      },
    ],
  };
};

/** The verifier's word in short, against the drill's own objectives. */
export function verdictCell(verdict: Verdict): Exclude<Cell, string> {
  switch (verdict.verdict) {
    case "accepted":
      return { text: `accepted: ${counted(verdict.rules, "rule")} met`, tone: "good" };
    case "refused":
      return { text: `refused: ${counted(verdict.violations.length, "violation")}, see deviations`, tone: "bad" };
    case "unverifiable":
      return { text: `unverifiable: ${verdict.reason}`, tone: "unknown" };
  }
}
