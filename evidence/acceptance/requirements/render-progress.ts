import { namedTest, type Mapping, type Requirement } from "./mapping";

/** The page that shows the mapping to people, from the project's folder. */
export const PROGRESS_FILE = "docs/IMPLEMENTATION_PROGRESS.md";

/** The mapping as a page: a section for each source, a line for each requirement with its code, tests and evidence. */
export function renderProgress({ requirements }: Mapping): string {
  const open = requirements.filter((one) => one.open !== undefined);
  const sources = [...new Set(requirements.map(({ source }) => source))];
  const sections = sources.map((source) => {
    const own = requirements.filter((one) => one.source === source);
    return `## ${capitalised(source)}\n\n${own.map(entry).join("\n")}`;
  });
  return `${[
    "# Implementation progress",
    `\`npm run generate\` writes this page from \`docs/requirements/develop_requirements.yaml\`. It has ${requirements.length} requirements. Each names its code, the tests that fail without it, and its evidence. The last stage of \`make test\`, \`understudy requirements verify\`, checks that all of them are there, and that every test ran and passed.`,
    `**${open.length} of them are open**: no complete run shows them, because their tests run only by name (\`bin/run-tests extended\`), or because only such a run leaves their evidence. Each says why. The code and the test files of an open requirement must be there all the same. Its tests count where they ran, and a failed one is refused.`,
    ...sections,
  ].join("\n\n")}\n`;
}

function entry({ id, sentence, code, tests, evidence, open }: Requirement): string {
  const files = [...new Set(tests.map((test) => namedTest(test).file))];
  return [
    `- **${id}** ${sentence}`,
    `  - code: ${places(code)}`,
    `  - tests: ${places(files)}`,
    `  - evidence: ${places(evidence)}`,
    ...(open === undefined ? [] : [`  - **open**: ${open}`]),
  ].join("\n");
}

function places(paths: readonly string[]): string {
  return paths.map((path) => `\`${path}\``).join(", ");
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
