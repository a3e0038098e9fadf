import { standingAgainst, type FindingsEvidence } from "../../../evidence/findings";
import type { Check, Failure } from "../../../evidence/document";
import type { DrillConfig } from "../../../settings/drill-config";
import { findingRow } from "../../../settings/findings";
import { STORE_LABELS } from "../../../settings/services";

/** Why a run of this kind may not begin with what was found, all of it at once; undefined when it may. */
export function findingsRefusal(findings: FindingsEvidence, kind: DrillConfig["kind"]): Failure | undefined {
  const against = standingAgainst(findings, kind);
  const [first] = against;
  if (first === undefined) return undefined;
  const words = against.map(
    ({ key, store, host, detail }) =>
      `${STORE_LABELS[store]} on ${host}, ${key}: ${detail}; ${findingRow(key)?.means ?? ""}`,
  );
  const next = [...new Set(against.flatMap((one) => one.next ?? []))];
  return {
    reason: words.join(". "),
    host: first.host,
    next: next.length === 0 ? "understudy status" : next.join("; "),
    undone: null,
    refused: true,
  };
}

/** What stands against a run of this kind, a check for each; one that holds where nothing does. */
export function findingsChecks(findings: FindingsEvidence, kind: DrillConfig["kind"]): Check[] {
  const against = standingAgainst(findings, kind);
  if (against.length === 0) {
    const name = "findings that refuse the drill";
    return [{ name, host: null, measured: 0, limit: 0, ok: true }];
  }
  return against.map(({ key, host, detail }) => ({
    name: key,
    host,
    measured: detail,
    limit: "nothing found",
    ok: false,
  }));
}
