import { findingRow, severityOf } from "../../../settings/findings";
import { standingAgainst, type ServerFinding } from "../../findings";
import type { EvidenceDocument } from "../../document";
import { finding, type Finding, type Rule } from "../rule";

/** What was found on the servers before the drill fits what became of it. */
export const serverFindingRules: readonly Rule[] = [
  {
    id: "no-refused-finding",
    sentence: "a success went on with nothing that the table of findings refuses",
    check: ({ document }) =>
      standing(document, (key) => findingRow(key)?.unless === undefined, "none, since success=true"),
  },
  {
    id: "lost-only-by-a-word",
    sentence: "a success that leaves rows of unlogged tables behind has the operator's word for it",
    check: ({ document }) =>
      standing(document, (key) => findingRow(key)?.unless !== undefined, "none, or accepted by the operator"),
  },
  {
    id: "finding-as-in-the-table",
    sentence: "no finding is written down as milder than the table of findings has it",
    check: ({ document: { findings, drill } }) =>
      (findings?.listed ?? []).flatMap(({ key, severity }, index) =>
        severityOf(key, drill.kind) === "refused" && severity !== "refused"
          ? [finding(`document.findings.listed[${index}].severity`, severity, `refused, as ${key} is`)]
          : [],
      ),
  },
];

/** Findings that a success has in spite of them. */
function standing(
  { success, drill, findings }: EvidenceDocument,
  ofKey: (key: string) => boolean,
  limit: string,
): Finding[] {
  if (!success || findings === undefined) return [];
  const at = (one: ServerFinding): string => `document.findings.listed[${findings.listed.indexOf(one)}].key`;
  return standingAgainst(findings, drill.kind)
    .filter(({ key }) => ofKey(key))
    .map((one) => finding(at(one), one.key, limit));
}
