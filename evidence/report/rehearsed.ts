import type { EvidenceDocument } from "../document";
import type { Verdict } from "../verify/verify-evidence";
import type { Readiness } from "./report-model";

/** Why an executed drill is no rehearsal of the whole pair, in words; undefined where it is one. */
function whyNone({ success, drill }: EvidenceDocument, verdict: Verdict): string | undefined {
  if (drill.storesOnly === true) return "this drill was of the two stores only";
  return success && verdict.verdict === "accepted" ? undefined : "this drill was not accepted";
}

/** Whether an executed drill counts as a rehearsal: the verifier accepts it, and it was of all services. */
export function isRehearsal(document: EvidenceDocument, verdict: Verdict): boolean {
  return document.drill.mode === "execute" && whyNone(document, verdict) === undefined;
}

/**
 * What this drill alone says of whether the pair is ready, when it ended. What came after it no evidence knows: the
 * command does.
 */
export function readinessAfter(document: EvidenceDocument, verdict: Verdict): Readiness {
  const { mode, basis, finishedAt } = document.drill;
  const why =
    mode === "dry-run"
      ? "a dry run is no rehearsal, the last executed drill counts"
      : (whyNone(document, verdict) ??
        (basis === undefined ? "the evidence does not say what was rehearsed" : undefined));
  const now = "understudy status --ready";
  if (why !== undefined) return { word: "NOT VERIFIED", tone: "warn", sentence: `${why}.`, now };
  return { word: "READY", tone: "good", sentence: `as it was declared when this drill ended, ${finishedAt}.`, now };
}
