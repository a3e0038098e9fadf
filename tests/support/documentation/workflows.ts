import { globSync, readFileSync } from "node:fs";
import { parse } from "yaml";

/** One step of a job: what it runs, or which action it uses. */
export interface WorkflowStep {
  readonly name?: string;
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Workflow {
  readonly env?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly WorkflowStep[]; readonly [key: string]: unknown } | undefined>
  >;
}

/** Every workflow of the project by its file. */
export function workflows(): ReadonlyMap<string, Workflow> {
  const files = globSync(".github/workflows/*.yml").sort();
  return new Map(files.map((file) => [file, parse(readFileSync(file, "utf8")) as Workflow]));
}

/** Every script of a workflow, without what puts it under another account. */
export function workflowScripts({ jobs }: Workflow): readonly string[] {
  return Object.values(jobs).flatMap((job) =>
    (job?.steps ?? []).flatMap(({ run }) => (run === undefined ? [] : [run.replaceAll('sudo env "PATH=$PATH" ', "")])),
  );
}
