import type { RequirementsVerdict } from "./verify-requirements";

/** The verdict for people: one line, then a line for each finding, then one for each open requirement. */
export function requirementsText({ verdict, requirements, open, filesRead, ...found }: RequirementsVerdict): string {
  const lines = [
    ...found.mapping.map(
      ({ rule, requirement, path, reason }) =>
        `  ${rule}: ${requirement === null ? "" : `${requirement}: `}${path} ${reason}`,
    ),
    ...found.language.map(
      ({ file, line, term, context }) => `  completion-language: ${file}:${line} "${term}" in: ${context}`,
    ),
    ...found.unusedAllowances.map((sentence) => `  unused-allowance: nobody writes: ${sentence}`),
  ];
  const head =
    verdict === "accepted"
      ? `ACCEPTED ${requirements} requirements, ${open.length} of them open: every path is there, every test passed, every page is mapped; ${filesRead} files read, no completion language`
      : `REFUSED ${requirements} requirements, ${lines.length} findings`;
  const opened = open.map(({ id, sentence, reason }) => `  open: ${id}: ${sentence} ${reason}`);
  return `${[head, ...lines, ...opened].join("\n")}\n`;
}

/** The findings of completion language for machines: file, line, term of each. */
export function languageReport({ filesRead, language, unusedAllowances }: RequirementsVerdict): string {
  const good = language.length + unusedAllowances.length === 0;
  const report = {
    version: 1,
    verdict: good ? "accepted" : "refused",
    filesRead,
    findings: language,
    unusedAllowances,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
