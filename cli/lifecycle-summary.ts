import { changesInWords } from "../operator/failover/bring-up";
import type { LifecycleOutcome } from "../operator/lifecycle/up-pair";

/** What a person wants to know after an `up` or a `down`, in a few lines. */
export function lifecycleSummary(verb: "up" | "down", outcome: LifecycleOutcome, dataWords: string): string {
  const { mode, environment, stacks, applications, settings, good, next } = outcome;
  const headline =
    mode === "dry-run"
      ? `DRY RUN of ${verb}, ${environment}: nothing was changed${good ? "" : "; it would fail"}`
      : `${good ? "DONE" : "FAILED"} ${verb}, ${environment}`;
  const lines = stacks.flatMap(({ host, stack, changes, volumes, failure }) => [
    `  ${host}  stack ${stack}: ${failure === null ? changesInWords(changes) : `FAILED: ${failure}`}`,
    ...(volumes.length === 0 ? [] : [`    data ${dataWords}: ${volumes.join(", ")}`]),
  ]);
  if (settings !== undefined) lines.push(...settingsLines(mode, settings));
  if (applications !== undefined) lines.push(...applicationLines(mode, applications));
  return `${[headline, ...lines, ...(next === null ? [] : [`  next: ${next}`])].join("\n")}\n`;
}

function applicationLines(
  mode: LifecycleOutcome["mode"],
  { made, notes, failure }: NonNullable<LifecycleOutcome["applications"]>,
): readonly string[] {
  const done = mode === "dry-run" ? "would be made" : "made";
  const nothing = failure === null && made.length === 0 && notes.length === 0;
  return [
    ...(nothing ? ["  applications: as they are declared"] : []),
    ...made.map((words) => `  applications: ${done}: ${words}`),
    ...notes.map((words) => `  applications: ${words}`),
    ...(failure === null ? [] : [`  applications: FAILED: ${failure}`]),
  ];
}

function settingsLines(
  mode: LifecycleOutcome["mode"],
  { done, notes, failure }: NonNullable<LifecycleOutcome["settings"]>,
): readonly string[] {
  return [
    ...done.map((words) => `  settings: ${mode === "dry-run" ? "would be: " : ""}${words}`),
    ...notes.map((words) => `  settings: ${words}`),
    ...(failure === null ? [] : [`  settings: FAILED: ${failure}`]),
  ];
}
