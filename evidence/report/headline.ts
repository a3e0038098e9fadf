import { STORE_NAMES } from "../../settings/services";
import { stepRow } from "../../settings/steps";
import type { EvidenceDocument, Failure } from "../document";
import { leftOutServices, storesOnlyWords } from "../stores-only";
import { outageMs, UNKNOWN } from "../env-values";
import type { Verdict } from "../verify/verify-evidence";
import { counted, duration, lossOf, recoveryOf } from "./figures";
import type { Headline } from "./report-model";

/** The drill in one word and one sentence; evidence that claims a success which the verifier refuses is no success. */
export function headlineOf(document: EvidenceDocument, verdict: Verdict): Headline {
  if (!document.success) return document.drill.mode === "dry-run" ? wouldStop(document) : failed(document);
  const executed = document.drill.mode === "execute";
  if (verdict.verdict === "accepted") return executed ? swapped(document) : fit(document);
  return executed && refusedForTheUnknown(verdict) ? notProved(document) : refused(verdict);
}

function swapped(document: EvidenceDocument): Headline {
  const { kind, fromHost, toHost, durationMs } = document.drill;
  const how = kind === "planned" ? "" : ", unplanned,";
  const lead = `${toHost} took over from ${fromHost}${how} in ${duration(durationMs)}`;
  const lost = lossOf(document);
  const only = scopeOf(document);
  const sentence = `${lead}: ${lossPhrase(lost)}, and ${waitPhrase(document)}.${only}`;
  const next = kind === "planned" ? null : `understudy rejoin ${fromHost}`;
  if (lost === 0 && only !== "") return { badge: "Passed, stores only", tone: "warn", sentence, next };
  if (lost === 0) return { badge: "Passed", tone: "good", sentence, next };
  return { badge: lost === null ? "Passed, loss unknown" : "Passed with loss", tone: "warn", sentence, next };
}

/** The service is back and nothing contradicts that; the verifier only misses figures that nobody has. */
function notProved(document: EvidenceDocument): Headline {
  const { sentence, next } = swapped(document);
  return {
    badge: "Done, not proved",
    tone: "warn",
    sentence: `${sentence} The verifier accepts no unknown figure.`,
    next,
  };
}

function refusedForTheUnknown(verdict: Verdict): boolean {
  return verdict.verdict === "refused" && verdict.violations.every(({ value }) => value === UNKNOWN);
}

function failed(document: EvidenceDocument): Headline {
  const { failedStep, drill } = document;
  const failure = failureOf(document);
  const how = failure?.refused === true ? "refused to go on" : "failed";
  const sentence = [
    `The drill ${how} at ${failedStep ?? "an unknown step"} after ${duration(drill.durationMs)}: ${sentenceEnd(failure?.reason ?? "no reason is recorded")}`,
    untouched(document)
      ? `Nothing was promoted, and nothing on ${drill.fromHost} was touched.`
      : `Undone: ${sentenceEnd(failure?.undone ?? "nothing that is recorded")}`,
  ].join(" ");
  const badge = failure?.refused === true ? "Refused as unsafe" : "Failed";
  return { badge, tone: "bad", sentence, next: failure?.next ?? null };
}

/** The failure of the step that failed first; null when none did. */
export function failureOf({ failedStep, steps }: EvidenceDocument): Failure | null {
  return steps.find((step) => step.step === failedStep)?.failure ?? null;
}

/** Whether the drill ended before anything on the old primary was changed. */
export function untouched({ drill, steps }: EvidenceDocument): boolean {
  return drill.mode === "dry-run" || steps.every(({ step, status }) => !stepRow(step).cutover || status === "skipped");
}

function fit(document: EvidenceDocument): Headline {
  const { drill } = document;
  const sentence = `Nothing was changed: every check that a dry run can make was met, and ${drill.toHost} is fit to take over from ${drill.fromHost}.${scopeOf(document)}`;
  return { badge: "Dry run passed", tone: "good", sentence, next: null };
}

function wouldStop(document: EvidenceDocument): Headline {
  const { drill, failedStep } = document;
  const failure = failureOf(document);
  const sentence = `Nothing was changed: a drill from ${drill.fromHost} to ${drill.toHost} would stop at ${failedStep ?? "an unknown step"}: ${sentenceEnd(failure?.reason ?? "no reason is recorded")}`;
  return { badge: "Dry run failed", tone: "bad", sentence, next: failure?.next ?? null };
}

function refused(verdict: Exclude<Verdict, { verdict: "accepted" }>): Headline {
  const why =
    verdict.verdict === "refused"
      ? `${counted(verdict.violations.length, "violation")}, the first of the rule ${verdict.violations[0]?.rule ?? "unknown"}`
      : verdict.reason;
  return {
    badge: "Not accepted",
    tone: "bad",
    sentence: `This evidence claims success, but the verifier does not accept it: ${sentenceEnd(why)}`,
    next: verdict.verdict === "unverifiable" ? verdict.next : null,
  };
}

/** A sentence of its own where the drill was of the two stores only; else nothing. */
function scopeOf({ drill }: EvidenceDocument): string {
  const words = storesOnlyWords(leftOutServices(drill));
  return words === undefined ? "" : ` This was ${words}.`;
}

/** What became of the acknowledged events, in words. */
export function lossPhrase(lost: number | null): string {
  if (lost === null) return "how many acknowledged probe events were lost is unknown";
  if (lost === 0) return "no acknowledged probe event was lost";
  return `${counted(lost, "acknowledged probe event")} ${lost === 1 ? "was" : "were"} lost`;
}

function waitPhrase(document: EvidenceDocument): string {
  const outage = outageMs(document);
  if (outage !== null) return `clients waited at most ${duration(outage)} between two acknowledged writes`;
  const recovered = STORE_NAMES.map((store) => recoveryOf(document, store));
  if (recovered.includes(null)) return "how long clients waited is unknown";
  return `writes were acknowledged again ${duration(Math.max(...recovered.map(Number)))} after the first step began`;
}

function sentenceEnd(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
