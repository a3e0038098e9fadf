import { namedTest, type Mapping, type Requirement } from "./mapping";

/** The page that shows the mapping to people, from the project's folder. */
export const PROGRESS_FILE = "docs/IMPLEMENTATION_PROGRESS.md";

/** The mapping as a page: a section for each source, a line for each requirement with its code, tests and evidence. */
export function renderProgress({ requirements }: Mapping): string {
  const sources = [...new Set(requirements.map(({ source }) => source))];
  const sections = sources.map((source) => {
    const own = requirements.filter((one) => one.source === source);
    return `## ${capitalised(source)}\n\n${own.map(entry).join("\n")}`;
  });
  return `${[
    "# Implementation progress",
    `${requirements.length} requirements, from \`docs/requirements/develop_requirements.yaml\` by \`npm run generate\`. Each has its code, the tests that fail without it, and its evidence. That all of them are there, and that every test ran and passed, is what \`understudy requirements verify\` says.`,
    ...sections,
  ].join("\n\n")}\n`;
}

function entry({ id, sentence, code, tests, evidence }: Requirement): string {
  const files = [...new Set(tests.map((test) => namedTest(test).file))];
  return [
    `- **${id}** ${sentence}`,
    `  - code: ${places(code)}`,
    `  - tests: ${places(files)}`,
    `  - evidence: ${places(evidence)}`,
  ].join("\n");
}

function places(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(", ");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
