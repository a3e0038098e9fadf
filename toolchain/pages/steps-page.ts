import { STEP_NAMES, stepRow, STEPS, type StepName } from "../../settings/steps";
import { markdownTable } from "./markdown";

/** The page on the order of the steps, from the project's folder. */
export const STEPS_PAGE = "docs/design/steps.md";

const KINDS = {
  planned: "A switchover (planned)",
  unplanned: "A failover (unplanned)",
} as const;

type Kind = keyof typeof KINDS;

/** The page that shows the table of steps: what each does, and for each kind of drill how it follows the ones before. */
export function stepsPage(): string {
  return `# The steps of a drill

<!-- Written by npm run generate from settings/steps.ts. -->

Every drill has the same ${STEPS.length} steps. The engine, the evidence keys, the success rule, the verifier and the reports read them from one table, \`settings/steps.ts\`. This page is generated from it.

${stepTable()}
The steps of the cutover window change roles, and clients wait for them. Their order within a drill never changes; how one step follows another depends on the kind of drill.

${Object.keys(KINDS)
  .map((kind) => kindSection(kind as Kind))
  .join("\n")}
## How to read the tables

${markdownTable(["column", "meaning"], COLUMNS)}`;
}

function stepTable(): string {
  const rows = STEPS.map(({ name, sentence, evidenceKey, cutover }) => [
    code(name),
    sentence,
    code(evidenceKey),
    cutover ? "yes" : "no",
  ]);
  return markdownTable(["step", "what it does", "evidence key", "cutover window"], rows);
}

const COLUMNS = [
  [
    "engine starts it after",
    "This step has ended before Pulumi starts the row's step. Pulumi takes tens of milliseconds from one resource to the next, so it may start a step early.",
  ],
  ["it waits for", "A step that was started early waits in the provider until this one has ended."],
  ["journal on", "The host that remembers how the step ended."],
  [
    "beginning noted by",
    "Who writes into that journal that the step begins. Nobody does where a killed step has changed nothing.",
  ],
  [
    "drill goes on after",
    "The ends after which the next step may begin. A drill is a success when every step ended so.",
  ],
] as const;

function kindSection(kind: Kind): string {
  const rows = STEP_NAMES.map((name) => {
    const { startsAfter, waitsFor, journal, beginningNotedBy, goesOnAfter } = stepRow(name)[kind];
    return [
      code(name),
      startsAfter === null ? "-" : code(startsAfter),
      waitsFor === null ? "-" : code(waitsFor),
      journal === "from" ? "the old primary" : "the host to be promoted",
      noterOf(beginningNotedBy),
      goesOnAfter.join(", "),
    ];
  });
  return `## ${KINDS[kind]}

${diagram(kind)}
${markdownTable(["step", ...COLUMNS.map(([column]) => column)], rows)}`;
}

function noterOf(noter: StepName | "runner" | "nobody"): string {
  if (noter === "runner") return "the runner, right before it";
  return noter === "nobody" ? noter : code(noter);
}

/** Solid: the engine starts it after. Dotted: it waits for it in the provider. */
function diagram(kind: Kind): string {
  const node = (step: StepName): string => `s${STEP_NAMES.indexOf(step) + 1}`;
  const lines = [
    ...STEP_NAMES.map((step) => `${node(step)}["${step}"]`),
    ...STEP_NAMES.flatMap((step) => {
      const { startsAfter, waitsFor } = stepRow(step)[kind];
      return [
        ...(startsAfter === null ? [] : [`${node(startsAfter)} -->|started after| ${node(step)}`]),
        ...(waitsFor === null ? [] : [`${node(waitsFor)} -.->|awaited by| ${node(step)}`]),
      ];
    }),
  ];
  return ["```mermaid", "flowchart LR", ...lines.map((line) => `  ${line}`), "```", ""].join("\n");
}

function code(name: string): string {
  return `\`${name}\``;
}
