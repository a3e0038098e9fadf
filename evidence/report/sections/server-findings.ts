import { findingRow } from "../../../settings/findings";
import { STORE_LABELS } from "../../../settings/services";
import type { FindingsEvidence, ServerFinding } from "../../findings";
import type { Block, Cell, SectionMaker } from "../report-model";

const GROUPS = {
  refused: "Refused: the drill does not go on with it",
  ended: "Ended by the drill",
  noted: "Noted",
} as const;

/** What the servers had before the drill, and whoever relies on them should know. */
export const serverFindingsSection: SectionMaker = ({ document: { findings } }) => {
  if (findings === undefined) return null;
  const tables = (["refused", "ended", "noted"] as const).flatMap((severity) => table(findings, severity));
  return {
    id: "server-findings",
    title: "What you should know",
    blocks:
      tables.length > 0
        ? tables
        : [{ kind: "text", text: "Nothing was found on the servers that stops, loses or lengthens anything." }],
  };
};

function table({ listed, accepted }: FindingsEvidence, severity: keyof typeof GROUPS): Block[] {
  const found = listed.filter((one) => one.severity === severity);
  if (found.length === 0) return [];
  return [
    {
      kind: "table",
      caption: GROUPS[severity],
      head: ["Where", "What", "Found", "Why it matters", "What to do"],
      rows: found.map((one): Cell[] => [
        `${STORE_LABELS[one.store]} on ${one.host}`,
        { text: one.key, tone: toneOf(one, accepted) },
        one.detail,
        findingRow(one.key)?.means ?? "",
        accepted.includes(one.key)
          ? { text: "the operator went on with it", tone: "warn" }
          : one.next === null
            ? "-"
            : { text: one.next, code: true },
      ]),
    },
  ];
}

function toneOf({ severity, key }: ServerFinding, accepted: readonly string[]): "bad" | "warn" | "plain" {
  if (severity === "noted") return "plain";
  return severity === "refused" && !accepted.includes(key) ? "bad" : "warn";
}
