import { serializeDocument, sha256Of } from "../../evidence/canonical-json";
import type { EvidenceDocument, Fence, ProbeStoreEvidence } from "../../evidence/document";
import { summarizeStore } from "../../evidence/probe-summary";
import type { Expectations } from "../../evidence/verify/rule";
import { verifyEvidence, type Verdict } from "../../evidence/verify/verify-evidence";
import { EXPECTATIONS, forgedEnv, judge, readingOf } from "./judge-evidence";
import { plannedEvidence, record } from "./valid-evidence";

/** Evidence that breaks one rule: which, how, and the verdict on it. */
export interface NegativeCase {
  readonly rule: string;
  readonly what: string;
  readonly verdict: () => Verdict;
}

/** A case that changes a document; digest and `.env` are written anew, so that only the rule in question can object. */
export function broken(
  rule: string,
  what: string,
  change: (document: EvidenceDocument) => void,
  from: () => EvidenceDocument = plannedEvidence,
  expectations: Partial<Expectations> = {},
): NegativeCase {
  const verdict = (): Verdict => {
    const document = from();
    change(document);
    if (rule !== "facts-of-this-run") record(document);
    return judge(document, expectations);
  };
  return { rule, what, verdict };
}

/** A case that changes what is expected of valid evidence. */
export function unexpected(
  rule: string,
  what: string,
  expectations: Partial<Expectations>,
  from = plannedEvidence,
): NegativeCase {
  return broken(rule, what, () => undefined, from, expectations);
}

/** A case that changes the two texts. */
export function text(
  rule: string,
  what: string,
  change: (env: string, json: string) => [string, string],
): NegativeCase {
  const verdict = (): Verdict => {
    const document = plannedEvidence();
    const [env, json] = change(forgedEnv(document), serializeDocument(document).text);
    return verifyEvidence(readingOf(env, json), EXPECTATIONS);
  };
  return { rule, what, verdict };
}

/** Mends the checksum in the `.env` text after the JSON text was changed. */
export function reseal(env: string, json: string): [string, string] {
  return [env.replace(/[0-9a-f]{64}/, sha256Of(json)), json];
}

/** A store's part of the probe's evidence, for changing it. */
export function probed(document: EvidenceDocument, store: "timescaledb" | "redis"): ProbeStoreEvidence {
  if (document.probe === null) throw new Error("no probe");
  return document.probe[store];
}

/** Writes the figures anew from the raw samples. */
export function recount(store: ProbeStoreEvidence): void {
  Object.assign(store, summarizeStore(store));
}

/** The step at a place, for changing it. */
export function stepAt(document: EvidenceDocument, index: number): EvidenceDocument["steps"][number] {
  const step = document.steps[index];
  if (step === undefined) throw new Error("no step");
  return step;
}

/** A store's fence, for changing it. */
export function fenceOf(document: EvidenceDocument, store: Fence["store"]): Fence {
  const fence = document.fences.find((one) => one.store === store);
  if (fence === undefined) throw new Error("no fence");
  return fence;
}

/** Lets a host say another role of a store. */
export function observed(
  document: EvidenceDocument,
  when: "before" | "after",
  host: number,
  store: "timescaledb" | "redis",
  role: "primary" | "standby",
): void {
  const found = document.topology[when]?.hosts[host];
  if (found) found[store] = { state: "observed", role, detail: {} };
}
