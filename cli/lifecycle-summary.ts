import { changesInWords } from "../operator/failover/bring-up";
import type { LifecycleOutcome } from "../operator/lifecycle/up-pair";

/** What a person wants to know after an `up` or a `down`, in a few lines. */
export function lifecycleSummary(verb: "up" | "down", outcome: LifecycleOutcome, dataWords: string): string {
  const { mode, environment, stacks, good, next } = outcome;
  const headline =
    mode === "dry-run"
      ? `DRY RUN of ${verb}, ${environment}: nothing was changed${good ? "" : "; it would fail"}`
      : `${good ? "DONE" : "FAILED"} ${verb}, ${environment}`;
  const lines = stacks.flatMap(({ host, stack, changes, volumes, failure }) => [
    `  ${host}  stack ${stack}: ${failure === null ? changesInWords(changes) : `FAILED: ${failure}`}`,
    ...(volumes.length === 0 ? [] : [`    data ${dataWords}: ${volumes.join(", ")}`]),
  ]);
  return `${[headline, ...lines, ...(next === null ? [] : [`  next: ${next}`])].join("\n")}\n`;
}
